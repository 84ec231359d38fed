"""The store: shown by task and release, and cleared of what neither settings nor any ledger names."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simworth.demo.workspace import Demo
from simworth.pipeline.store import MONTH, PARTIAL, UNKNOWN, Kept, removable, remove, survey
from simworth.pipeline.store import ProjectFolders as Named

from ..stages import Project, small_project

TASK = "refractive_index"
LATER = datetime.now(UTC) + MONTH + timedelta(days=1)
"""when a note of today no longer protects anything"""


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Valued once with two epochs, on a branch of its own; then tried with one epoch, and set back to three, where the
    ledger of the branch at hand is empty."""
    project = small_project(tmp_path_factory.mktemp("stored"), [TASK], Demo(size=200, trials=2), max_epochs=2)
    git(project, "init", "-q", "-b", "valued")
    project.run("ledger")
    git(project, "add", "-A", "reports/ledger")
    git(project, "commit", "-q", "-m", "valued")
    epochs(project, 1)
    epochs(project, 3)
    git(project, "checkout", "-q", "--orphan", "main")
    git(project, "rm", "-qrf", "reports/ledger")
    git(project, "commit", "-q", "--allow-empty", "-m", "nothing valued")
    (project.root / "reports" / "ledger").mkdir(parents=True)
    return project


def epochs(project: Project, most: int) -> None:
    project.settings({"training": {"hidden": [24, 12], "max_epochs": most}}, TASK)
    project.again(f"sweep@{TASK}")


def git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=project.root, check=True)


def store(project: Project) -> Path:
    return project.root.parent / "store"


def held(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
    monkeypatch.setenv("SIMWORTH_STORE", str(store(project)))
    root = project.root
    places = (root / name for name in ("params.yaml", "data/prepared", "data/features", "results/trials"))
    return survey(store(project), Named(*places, root / "reports" / "ledger"), LATER)


def test_what_settings_and_ledgers_of_all_branches_name_stays(
    valued: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    files = held(valued, monkeypatch)
    shards = [one for one in files if one.path.parent.parent.name == "units"]
    assert {one.named for one in shards} == {"settings", "ledger", ""}
    counts = [sum(one.named == by for one in shards) for by in ("settings", "ledger", "")]
    assert counts[0] == counts[1] == counts[2] > 0
    assert {(one.task, one.releases) for one in shards} == {(TASK, "radonpy made-up, polyinfo made-up")}

    valued.simworth("store")
    shown = capfd.readouterr().out
    assert TASK in shown and "used lately" in shown
    assert "`simworth store --clear` would remove 0 files" in shown

    going = removable(files, unnamed=False)
    assert [one for one in going if one in shards] == [one for one in shards if not one.named]
    assert [one.task for one in going if one not in shards] == ["descriptors polyinfo_class"], "no table holds them"
    remove(store(valued), going)
    assert paths(held(valued, monkeypatch)) == paths(files) - paths(going)
    capfd.readouterr()
    epochs(valued, 2)
    assert "shards are in the store" in capfd.readouterr().err
    assert len(held(valued, monkeypatch)) == len(files) - len(going), "what was valued was not trained again"


@pytest.mark.parametrize("name", ["0.safetensors", ".0.npy.half-written"])
def test_states_of_trainings_that_nobody_went_on_with_go(
    name: str, valued: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = store(valued) / "partial" / "a" / "b" / name
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_bytes(b"state")
    (left,) = [one for one in held(valued, monkeypatch) if one.task == PARTIAL]
    assert left.path == state and not left.named
    remove(store(valued), [left])
    assert not state.exists()


def paths(kept: list[Kept]) -> set[Path]:
    return {one.path for one in kept}


def test_what_no_note_knows_goes_only_when_asked(valued: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for note in (store(valued) / "notes").glob("*.json"):
        note.unlink()
    files = held(valued, monkeypatch)
    unknown = [one for one in files if one.task == UNKNOWN and not one.named]
    assert unknown
    assert removable(files, unnamed=False) == []
    assert removable(files, unnamed=True) == unknown
