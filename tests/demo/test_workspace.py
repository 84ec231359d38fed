"""The demo's workspace: its own settings and releases, made the same way twice, and nothing else touched."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simworth.cli import main
from simworth.columns import TRIAL_COLUMNS
from simworth.config import load_settings
from simworth.demo.tables import DATABASES
from simworth.demo.workspace import Demo, demo_params, make_workspace
from simworth.errors import SimworthError

ROOT = Path(__file__).parents[2]
SMALL = Demo(size=240, bias=0.2, trials=10, seed=1)


def hashes(folder: Path) -> dict[str, str]:
    """Of every file of the workspace, DVC's own and the copied sources left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and not {".dvc", "src"} & set(path.parts)]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    make_workspace(SMALL, ROOT, folder)
    return folder


def test_it_holds_the_pipeline_and_what_it_depends_on(workspace: Path) -> None:
    assert (workspace / "dvc.yaml").read_text() == (ROOT / "dvc.yaml").read_text()
    for package in ("data", "features", "sweep", "learning", "scaling", "valuation", "report"):
        assert list((workspace / "src" / "simworth" / package).glob("*.py"))
    assert (workspace / ".dvc").is_dir()


def test_making_it_again_changes_no_file(workspace: Path) -> None:
    before = hashes(workspace)
    times = {name: (workspace / name).stat().st_mtime_ns for name in before}
    make_workspace(SMALL, ROOT, workspace)
    assert hashes(workspace) == before
    assert {name: (workspace / name).stat().st_mtime_ns for name in before} == times


def test_another_bias_changes_the_simulations_alone(workspace: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    make_workspace(Demo(size=240, bias=0.9, trials=10, seed=1), ROOT, other)
    one, two = hashes(workspace), hashes(other)
    changed = {name for name in one | two if one.get(name) != two.get(name)}
    catalogues = {f"data/catalogue/{name}/{DATABASES[name][0]}.yaml" for name in ("radonpy", "cosmors")}
    assert changed == {"demo.json", *catalogues, "data/raw/radonpy/simulations.csv", "data/raw/cosmors/simulated.csv"}


def test_sources_that_are_gone_are_taken_away(workspace: Path) -> None:
    stale = workspace / "src" / "simworth" / "data" / "gone.py"
    stale.write_text("", encoding="utf-8")
    make_workspace(SMALL, ROOT, workspace)
    assert not stale.exists()


def test_its_settings_are_the_repositorys_but_for_the_databases(workspace: Path) -> None:
    ours, theirs = load_settings(workspace / "params.yaml"), load_settings(ROOT / "params.yaml")
    assert {name: database.releases for name, database in ours.databases.items()} == DATABASES
    made_up = {
        name
        for name, task in theirs.tasks.items()
        if not task.like and {task.source.database, task.target.database} <= set(DATABASES)
    }
    assert set(ours.tasks) == made_up < set(theirs.tasks), "no repetition, and no database that is not made up"
    assert all(task.trials == SMALL.trials for task in ours.tasks.values())
    assert ours.seed == SMALL.seed
    assert ours.properties == theirs.properties
    for name, task in ours.tasks.items():
        assert task.training.max_epochs == 45 < theirs.tasks[name].training.max_epochs
        assert replace(task.training, max_epochs=200) == theirs.tasks[name].training


def test_tasks_that_cannot_be_made_up_are_left_out() -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    more = "  nearby:\n    property: density\n    source: {database: polyinfo}\n    target: {database: radonpy}\n"
    more += "    descriptors: [ffkm]\n"
    assert "nearby" not in demo_params(text.replace("\nbacktests:", "\n" + more + "\nbacktests:"), SMALL)


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    for fresh in (False, True):
        with pytest.raises(SimworthError, match="holds something else"):
            make_workspace(SMALL, ROOT, tmp_path, fresh)
    assert (tmp_path / "thesis.tex").is_file()
    with pytest.raises(SimworthError, match="holds something else"):
        make_workspace(SMALL, ROOT, tmp_path / "thesis.tex")


def test_fresh_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_workspace(SMALL, ROOT, folder)
    (folder / "results").mkdir()
    make_workspace(SMALL, ROOT, folder, fresh=True)
    assert not (folder / "results").exists()


def test_outside_a_project_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimworthError, match=r"dvc\.yaml is missing"):
        make_workspace(SMALL, tmp_path, tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.mark.soak
def test_a_larger_bias_leaves_a_larger_error_at_n_max(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_store: Path
) -> None:
    """Two demos of one world, from the made-up files to trials: the same splits, so errors are paired by trial."""
    errors = {}
    for bias in (0.0, 0.95):
        folder = tmp_path / f"bias-{bias}"
        make_workspace(Demo(size=200, bias=bias, trials=10, seed=1), ROOT, folder)
        monkeypatch.chdir(folder)
        errors[bias] = swept(folder, "density")
    worse = errors[0.95] - errors[0.0]
    assert worse.mean() > 3 * worse.std(ddof=1) / len(worse) ** 0.5


def swept(folder: Path, task: str) -> pd.Series:
    """Ingest, featurize and sweep; MAE at n_max by trial."""
    text = (folder / "params.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(text.replace("points: 6", "points: 5"), encoding="utf-8")
    for database in ("radonpy", "polyinfo"):
        selected = f"--catalogue data/catalogue/{database} --out {database}-selected.json"
        assert main(f"release selected {database} {selected}".split()) == 0
        words = f"ingest {database} --raw data/raw/{database} --selected {database}-selected.json "
        words += f"--pipeline dvc.yaml --clean {database}.parquet --quality {database}.json"
        assert main(words.split()) == 0
    sides = "--source radonpy.parquet --target polyinfo.parquet --features features.parquet"
    assert main(f"featurize {task} {sides}".split()) == 0
    out = "--trials trials.parquet --predictions predictions.parquet --summary summary.json"
    assert main(f"prepare {task} {sides} --prepared prepared".split()) == 0
    assert main(f"sweep {task} --prepared prepared {out}".split()) == 0
    trials = pd.read_parquet(folder / "trials.parquet")
    assert list(trials.columns) == list(TRIAL_COLUMNS)
    assert (trials["status"] == "ok").all()
    return trials[trials["n"] == trials["n"].max()].set_index("trial")["mae"]
