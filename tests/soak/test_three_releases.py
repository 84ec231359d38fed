"""Three releases of a database played through git and DVC, and what the history then says.

The repository's last commit is what runs: the clone knows nothing of uncommitted edits.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.sweep.records import SweepSummary
from tests.extend.pages import code_blocks
from tests.soak.project import ROOT, Project, cloned

pytestmark = pytest.mark.soak
SIZES = {"r350": 350, "r700": 700, "r1077": 1077}
"""tag -> rows of the shuffled database"""
FIRST, SECOND, THIRD = SIZES
LAW = ("D", "alpha", "C")


@pytest.fixture(scope="module")
def database(mirror: Path) -> pd.DataFrame:
    """PI1070 in the order of its file, every cell the text it is."""
    return pd.read_csv(mirror / "radonpy/PI1070.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def played(mirror: Path, database: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after three releases of the shuffled database."""
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("the sources are not in a git repository that could be cloned")
    project = cloned(tmp_path_factory.mktemp("soak") / "project", mirror)
    shuffled = database.sample(frac=1, random_state=7)
    for name, rows in SIZES.items():
        project.release(shuffled[:rows], name)
    return project


@pytest.fixture
def tampered(played: Project, tmp_path: Path) -> Project:
    """A copy to do harm to."""
    return played.copy(tmp_path / "project")


def tasks(project: Project) -> tuple[list[str], list[str]]:
    """Tasks that have a law: those that read radonpy, and the others."""
    settings = YAML(typ="safe").load(project.root / "params.yaml")["tasks"]
    valued = [name for name, entry in project.valuation().items() if entry["status"] == "ok"]
    reading = [
        name for name in valued if "radonpy" in {settings[name][side]["database"] for side in ("source", "target")}
    ]
    return reading, [name for name in valued if name not in reading]


def words(text: str) -> str:
    """Text on one line, so that a break within a sentence does not matter."""
    return " ".join(text.split())


def test_the_clone_runs_its_own_code(played: Project) -> None:
    place = played.run("python", "-c", "import simworth; print(simworth.__file__)").strip()
    assert Path(place).is_relative_to(played.root / "src")
    assert Path(shutil.which("simworth", path=played.environment["PATH"]) or "").is_file()


def test_an_entry_per_release_for_each_task_that_reads_it(played: Project) -> None:
    reading, others = tasks(played)
    assert {"density", "thermal_conductivity"} == set(reading)
    counts = {name: len(played.entries(name)) for name in played.valuation()}
    waiting = set(counts) - {*reading, *others}
    assert counts == dict.fromkeys(reading, 3) | dict.fromkeys(others, 1) | dict.fromkeys(waiting, 0)
    for name in reading:
        sizes = [entry.record.n_max for entry in played.entries(name)]
        assert sizes == sorted(set(sizes))
        assert all(0.9 * rows <= size <= rows for size, rows in zip(sizes, SIZES.values(), strict=True))


def test_waiting_tasks_say_why(played: Project) -> None:
    waiting = {name: entry for name, entry in played.valuation().items() if entry["status"] != "ok"}
    for name, entry in waiting.items():
        assert entry["status"] == "waiting", name
        assert SweepSummary.read(played.root / f"results/sweeps/{name}.json").reason


def test_nothing_is_added_where_nothing_changed(played: Project) -> None:
    before = {entry.name: entry.hash for entry in played.entries()}
    assert "Running stage" not in played.dvc("repro")
    played.dvc("repro", "--force", "--single-item", "ledger")
    assert {entry.name: entry.hash for entry in played.entries()} == before
    assert played.git("status", "--porcelain") == ""


def test_later_entries_say_what_was_forecast_and_what_came(played: Project) -> None:
    reading, others = tasks(played)
    for name in reading:
        first, *later = played.entries(name)
        assert first.record.outcome is None
        for entry in later:
            said = entry.record.outcome
            assert said.kind == "forecast", f"{entry.name}: {said.text}"
            assert said.n == entry.record.n_max
            assert said.mae == entry.record.valuation.mae_at_n_max
            assert "had forecast" in said.text and "it came to" in said.text
    assert all(entry.record.outcome is None for name in others for entry in played.entries(name))


def test_history_shows_every_entry_and_outcome(played: Project) -> None:
    said = played.simworth("history")
    rows = [line.split() for line in said.splitlines() if line[:4].strip().isdigit()]
    assert [(int(row[0]), row[2]) for row in rows] == [(entry.seq, entry.task) for entry in played.entries()]
    told = words(said)
    outcomes = [entry.record.outcome for entry in played.entries()]
    assert all(words(outcome.text) in told for outcome in outcomes if outcome)
    assert f"{2 * len(tasks(played)[0])} forecasts could be judged; " in told
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.parametrize(("old", "new"), [(FIRST, SECOND), (SECOND, THIRD)])
def test_metrics_diff_prints_the_changes_of_the_law(played: Project, old: str, new: str) -> None:
    changes = json.loads(played.dvc("metrics", "diff", old, new, "--json"))["reports/metrics.json"]
    printed = {line.split()[1]: line.split() for line in played.dvc("metrics", "diff", old, new).splitlines()[1:]}
    values = [valuation_at(played, tag) for tag in (old, new)]
    for task in tasks(played)[0]:
        laws = [value[task]["law"] for value in values]
        for symbol in LAW:
            before, after = (law[symbol]["value"] for law in laws)
            key = f"{task}.{symbol}"
            if before == after:  # C, at its bound of 0 both times
                assert key not in printed
                continue
            assert (changes[key]["old"], changes[key]["new"]) == (before, after)
            assert float(printed[key][-1]) == pytest.approx(after - before, rel=1e-3, abs=1e-5)
        assert laws[0] != laws[1]


def valuation_at(project: Project, tag: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(project.git("show", f"{tag}:reports/valuation.json"))["tasks"]
    return content


def test_audit_passes(played: Project) -> None:
    said = played.simworth("audit")
    assert f"chain of {len(played.entries())} entries is whole" in said
    assert "WRONG" not in said and "unknown" not in said
    assert said.rstrip().endswith("0 wrong")


def test_the_first_law_is_the_same_again(played: Project) -> None:
    reading, others = tasks(played)
    said = played.simworth("audit", "--recompute", FIRST)
    for name in [*reading, *others]:
        assert f"ok      {played.entries(name)[0].name}: equal, from the same trials" in said
    assert f"{len(reading) + len(others)} checks, 0 wrong" in said


def test_the_first_trials_are_the_same_again(played: Project) -> None:
    """Retrained from the data of that release, with nothing kept from before."""
    reading, others = tasks(played)
    said = played.simworth("audit", "--recompute", FIRST, "--retrain")
    for name in [*reading, *others]:
        assert f"ok      {played.entries(name)[0].name}: equal, from the same trials" in said
    assert played.git("status", "--porcelain") == ""


def test_what_it_was_worth_at_a_date(tampered: Project) -> None:
    """docs/howto/questions.md, line by line, at a date that is past."""
    (shown,) = [one.text for one in code_blocks("howto/questions.md") if "git rev-list" in one.text]
    said = tampered.run("bash", "-ec", shown.replace("--before=2027-04-01", "--before=now"))
    assert tampered.git("show", "HEAD:reports/valuation.json") in said and "0 wrong" in said
    page = tampered.root / "reports/index.html"
    assert (tampered.root / "then.html").read_bytes() == page.read_bytes()


def test_an_edited_entry_is_named(tampered: Project) -> None:
    entry = tampered.entries("density")[1]
    path = tampered.root / "reports/ledger" / entry.name
    content = json.loads(path.read_text(encoding="utf-8"))
    content["valuation"]["law"]["C"]["value"] = 0.001
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    said = tampered.simworth("audit", "--quiet", code=1)
    assert f"{entry.name}: was edited" in said
    accused = {line.split()[1].rstrip(":") for line in said.splitlines() if line.startswith("WRONG")}
    assert accused == {entry.name}


def test_an_edited_raw_file_is_named(tampered: Project) -> None:
    path = tampered.root / f"data/raw/radonpy/PI1070-{THIRD}.csv"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text.replace("0.9", "0.8", 1), encoding="utf-8")
    said = tampered.simworth("audit", "--quiet", code=1)
    accused = {line.split()[1].rstrip(":") for line in said.splitlines() if line.startswith("WRONG")}
    assert accused == {f"data/raw/radonpy/{path.name}"}
    assert "was edited" in said


def test_a_release_of_other_classes_is_no_failed_forecast(tampered: Project, database: pd.DataFrame) -> None:
    reading, _ = tasks(tampered)
    tampered.release(database[:700], "ordered")
    for name in reading:
        entries = tampered.entries(name)
        assert len(entries) == 4
        said = entries[-1].record.outcome
        assert said.kind == "composition changed", said.text
        assert "other classes" in said.text and "not judged" in said.text
    told = words(tampered.simworth("history"))
    assert f"{2 * len(reading)} forecasts could be judged; " in told
    assert "WRONG" not in tampered.simworth("audit")
