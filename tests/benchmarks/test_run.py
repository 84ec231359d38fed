"""The table as a whole: its file, its two forms, and what happens to a part whose work differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from benchmarks import run
from benchmarks.__main__ import command
from benchmarks.lines import Line, Report, Target
from benchmarks.machine import machine
from benchmarks.run import Loads, Part, measure
from benchmarks.same import WorkDiffers
from benchmarks.table import markdown_table, text_table
from simworth.errors import SimworthError

FAST, SLOW, HUGE = (Target(name, "a plain way", "s", 2.0) for name in ("fast", "slow", "huge"))


def differs(_: Loads) -> list[Any]:
    raise WorkDiffers("slow: one side did half")


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that take no time."""
    made = {
        "fast": Part("what is fast", (FAST,), lambda _: [FAST.measured(1.0, 3.0, spread=[2.5, 3.5], size="7 pieces")]),
        "slow": Part("what is slow", (SLOW,), differs),
        "huge": Part("what is huge", (HUGE,), lambda _: [HUGE.measured(1.0, 1.0)], full=True),
    }
    monkeypatch.setattr(run, "PARTS", made)


def names(report: Report) -> list[str]:
    return [line.name for line in report.lines]


def test_the_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = measure([], True, Loads(), lambda _: None)
    report.write(tmp_path / "bench.json")
    assert Report.read(tmp_path / "bench.json").lines == report.lines


@pytest.mark.parametrize("change", [{"ratio": None}, {"reason": "none"}, {"met": None}, {"extra": 1}])
def test_a_line_is_either_measured_or_missing(change: dict[str, Any]) -> None:
    line = measure(["fast"], False, Loads(), lambda _: None).lines[0]
    with pytest.raises(ValidationError):
        Line.model_validate(line.model_dump() | change)


def test_the_long_parts_are_for_the_full_table() -> None:
    assert names(measure([], False, Loads(), lambda _: None)) == ["fast", "slow"]
    assert names(measure([], True, Loads(), lambda _: None)) == ["fast", "slow", "huge"]
    assert names(measure(["huge"], False, Loads(), lambda _: None)) == ["huge"]


def test_work_that_differs_leaves_the_reason_and_no_numbers() -> None:
    report = measure(["slow"], False, Loads(), lambda _: None)
    (line,) = report.lines
    assert report.failed == {"slow": "slow: one side did half"}
    assert line.reason == "slow: one side did half"
    assert line.ours is line.against is line.ratio is line.met is None


def test_an_unknown_part_gets_a_suggestion() -> None:
    with pytest.raises(SimworthError, match="no part 'fats'; did you mean 'fast'"):
        measure(["fats"], False, Loads(), lambda _: None)


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "machine", lambda: machine().model_copy(update={"load_at_start": 3.5}))
    said: list[str] = []
    measure([], False, Loads(), said.append)
    assert "load average is 3.5" in said[0]
    assert said[1] == "bench: 1 of 2: what is fast (fast)"
    assert said[2].endswith("s; 3 x")
    assert said[4].endswith("not measured")


def test_both_tables_hold_every_line() -> None:
    report = measure([], True, Loads(), lambda _: None)
    text, markdown = text_table(report), markdown_table(report)
    assert all(name in text and f"| {name}" in markdown for name in ("fast", "slow", "huge"))
    assert "3 x" in text and "2.5 to 3.5 over the rounds" in text and "not measured: slow: one side did half" in text
    assert "| fast (7 pieces) | a plain way | 1 s | 3 s | 3 x | 2 x | yes |" in markdown
    assert "| slow | a plain way | | | | 2 x | not measured: slow: one side did half |" in markdown
    assert "| NO |" in markdown
    assert len({line.count("|") for line in markdown.splitlines() if line.startswith("|")}) == 1


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_the_command_writes_and_shows(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    assert "fast" in bench("--only", "fast", "--report", str(report)).stdout
    assert bench("--markdown", "--report", str(report)).stdout == markdown_table(Report.read(report))


def test_the_command_fails_where_a_part_did_but_keeps_the_others(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    found = bench("--report", str(report))
    assert "could not measure slow: slow: one side did half" in str(found.exception)
    assert "fast" in found.stdout
    assert names(Report.read(report)) == ["fast", "slow"]


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    assert "`make bench`" in str(bench("--markdown", "--report", str(tmp_path / "none.json")).exception)
