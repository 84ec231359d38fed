"""The table as a whole: its file, its two forms, and what happens to a part whose work differs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simworth.bench import run
from simworth.bench.lines import Aim
from simworth.bench.run import Loads, Part, measure, read_report, write_report
from simworth.bench.same import WorkDiffers
from simworth.bench.table import markdown_table, text_table
from simworth.cli import main
from simworth.errors import SimworthError

FAST, SLOW, HUGE = (Aim(name, "a plain way", "s", 2.0) for name in ("fast", "slow", "huge"))
SCHEMA: dict[str, Any] = json.loads((files("simworth.bench") / "bench.schema.json").read_text())


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


def names(report: dict[str, Any]) -> list[str]:
    return [line["name"] for line in report["lines"]]


def test_the_report_is_what_the_schema_says(tmp_path: Path) -> None:
    write_report(measure([], True, Loads(), lambda _: None), tmp_path / "bench.json")
    jsonschema.validate(read_report(tmp_path / "bench.json"), SCHEMA)


@pytest.mark.parametrize("change", [{"ratio": None}, {"reason": "none"}, {"met": None}, {"extra": 1}])
def test_the_schema_refuses_a_line_that_is_neither_measured_nor_missing(change: dict[str, Any]) -> None:
    report = measure(["fast"], False, Loads(), lambda _: None)
    report["lines"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_the_long_parts_are_for_the_full_table() -> None:
    assert names(measure([], False, Loads(), lambda _: None)) == ["fast", "slow"]
    assert names(measure([], True, Loads(), lambda _: None)) == ["fast", "slow", "huge"]
    assert names(measure(["huge"], False, Loads(), lambda _: None)) == ["huge"]


def test_work_that_differs_leaves_the_reason_and_no_numbers() -> None:
    report = measure(["slow"], False, Loads(), lambda _: None)
    (line,) = report["lines"]
    assert report["failed"] == {"slow": "slow: one side did half"}
    assert line["reason"] == "slow: one side did half"
    assert line["ours"] is line["against"] is line["ratio"] is line["met"] is None


def test_an_unknown_part_gets_a_suggestion() -> None:
    with pytest.raises(SimworthError, match="no part 'fats'; did you mean 'fast'"):
        measure(["fats"], False, Loads(), lambda _: None)


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "machine", lambda: {"load_at_start": 3.5})
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


def test_the_command_writes_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "bench.json"
    assert main(["bench", "--only", "fast", "--report", str(report)]) == 0
    assert "fast" in capsys.readouterr().out
    assert main(["bench", "--markdown", "--report", str(report)]) == 0
    assert capsys.readouterr().out == markdown_table(read_report(report))


def test_the_command_fails_where_a_part_did_but_keeps_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "bench.json"
    assert main(["bench", "--report", str(report)]) == 1
    captured = capsys.readouterr()
    assert "could not measure slow: slow: one side did half" in captured.err.splitlines()[-1]
    assert "fast" in captured.out
    assert names(read_report(report)) == ["fast", "slow"]


def test_a_table_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--markdown", "--report", str(tmp_path / "none.json")]) == 1
    assert "`make bench` makes it" in capsys.readouterr().err
