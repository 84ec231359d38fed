"""Two branches that each add a release are merged; what only people can settle changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.errors import SimworthError
from simworth.git import git, in_conflict
from simworth.ledger.chain import read_ledger, sealed
from simworth.pipeline import merge as merging
from simworth.pipeline.merge import merge
from tests.data.project import Project, export
from tests.data.test_watch import project, published, text  # noqa: F401
from tests.ledger.test_chain import FIRST


@pytest.fixture
def ready(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:  # noqa: F811
    """A committed project whose pipeline only leaves a mark that conflicts between branches."""
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "first")
    project.run("git", "branch", "-M", "main")
    monkeypatch.setattr(merging, "run", lambda *_: mark(project))
    return project


def mark(project: Project) -> None:  # noqa: F811
    (project.root / "reports").mkdir(exist_ok=True)
    (project.root / "reports/mark").write_text(str(project.yaml("params.yaml")["databases"]))


def commit(project: Project, message: str) -> None:  # noqa: F811
    mark(project)
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", message)


def merged(branch: str) -> None:
    merge(branch, lambda: [], lambda _: None, lambda _: None)


def more_simulations(project: Project, folder: Path) -> None:  # noqa: F811
    """A release of radonpy on a branch of its own."""
    project.run("git", "switch", "-qc", "simulations")
    path = folder / "fewer.csv"
    path.write_bytes(text(published(project)[1:]))
    assert main(["release", "add", "radonpy", str(path), "--name", "second", "--redistribute"]) == 0
    commit(project, "simulations")
    project.run("git", "switch", "-q", "main")
    project.dvc("checkout", "-q", "data/raw/radonpy.dvc")


def test_releases_of_two_databases_are_joined(ready: Project, tmp_path: Path) -> None:
    more_simulations(ready, tmp_path)
    added = ["release", "add", "polyinfo", str(export(tmp_path / "own")), "--name", "own", "--redistribute"]
    assert main(added) == 0
    commit(ready, "measurements")
    merged("simulations")
    databases = ready.yaml("params.yaml")["databases"]
    assert databases["radonpy"]["releases"] == ["second"]
    assert databases["polyinfo"]["releases"] == ["own", "open"]
    assert "# a comment that must survive" in ready.read("params.yaml")
    assert ready.files("data/raw/radonpy") == ["fewer.csv"]
    assert "second" in ready.read("reports/mark")
    assert "own" in ready.read("reports/mark")
    assert git("status", "--porcelain") == ""
    assert len((git("rev-list", "--parents", "-1", "HEAD") or "").split()) == 3
    merged("simulations")  # nothing to do
    assert git("log", "-1", "--format=%s") == "Merge simulations: the releases of both, valued together"


def test_releases_of_one_database_are_joined(ready: Project, tmp_path: Path) -> None:
    for branch in ("theirs", "main"):
        ready.run("git", "switch", "-q", *(["-c"] if branch == "theirs" else []), branch)
        ready.dvc("checkout", "-q", "data/raw/polyinfo.dvc")
        path = export(tmp_path / branch).rename(tmp_path / f"{branch}.csv")
        assert main(["release", "add", "polyinfo", str(path), "--name", branch, "--redistribute"]) == 0
        commit(ready, branch)
    merged("theirs")
    assert ready.yaml("params.yaml")["databases"]["polyinfo"]["releases"] == ["main", "open", "theirs"]
    assert {"main.csv", "theirs.csv"} <= set(ready.files("data/raw/polyinfo"))
    assert "up to date" in ready.dvc("status", "data/raw/polyinfo.dvc").stdout
    assert git("status", "--porcelain") == ""


def test_a_branch_is_merged_where_a_tag_has_its_name(ready: Project, tmp_path: Path) -> None:
    ready.run("git", "tag", "simulations")
    more_simulations(ready, tmp_path)
    merged("simulations")
    assert ready.yaml("params.yaml")["databases"]["radonpy"]["releases"] == ["second"]


def test_a_project_in_a_folder_of_its_repository(ready: Project, tmp_path: Path) -> None:
    shutil.move(ready.root / ".git", tmp_path)
    commit(ready, "the project in a folder")
    more_simulations(ready, tmp_path)
    added = ["release", "add", "polyinfo", str(export(tmp_path / "own")), "--name", "own", "--redistribute"]
    assert main(added) == 0
    params, beside = ready.root / "params.yaml", tmp_path / "beside.txt"
    params.write_text(params.read_text().replace("releases: [first]", "releases: [first, ]"))  # in conflict
    commit(ready, "measurements")
    merged("simulations")
    databases = ready.yaml("params.yaml")["databases"]
    assert (databases["radonpy"]["releases"], databases["polyinfo"]["releases"]) == (["second"], ["own", "open"])
    for branch in ("another", "main"):
        ready.run("git", "switch", "-q", *(["-c"] if branch == "another" else []), branch)
        beside.write_text(branch)
        commit(ready, f"{branch} beside the project")
    with pytest.raises(SimworthError, match=r"^\.\./beside\.txt: both branches changed it"):
        merged("another")
    assert (git("status", "--porcelain"), in_conflict(Path())) == ("", [])


def test_what_only_people_can_settle_changes_nothing(ready: Project, tmp_path: Path) -> None:
    more_simulations(ready, tmp_path)
    params = ready.root / "params.yaml"
    for branch, seed in (("simulations", 2), ("main", 3)):
        ready.run("git", "switch", "-q", branch)
        params.write_text(params.read_text().replace("seed: 1", f"seed: {seed}"))
        commit(ready, f"seed {seed}")
    head = git("rev-parse", "HEAD")
    with pytest.raises(SimworthError, match=r"params.yaml: seed: one branch says 3, the other 2"):
        merged("simulations")
    assert (git("rev-parse", "HEAD"), git("status", "--porcelain"), in_conflict(Path())) == (head, "", [])
    with pytest.raises(SimworthError, match="no such branch"):
        merged("simulatoins")


def test_a_merge_that_failed_goes_on(ready: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more_simulations(ready, tmp_path)
    commit(ready, "main goes on")

    def fail(*_: object) -> None:
        raise SimworthError("stage 'fit@density' failed")

    with monkeypatch.context() as broken:
        broken.setattr(merging, "run", fail)
        with pytest.raises(SimworthError, match="failed"):
            merged("simulations")
    merged("simulations")
    assert git("status", "--porcelain") == ""
    assert ready.yaml("params.yaml")["databases"]["radonpy"]["releases"] == ["second"]


def test_what_the_user_staged_meanwhile_is_not_merged(ready: Project, tmp_path: Path) -> None:
    """What the other branch changed beside the pipeline's files is."""
    more_simulations(ready, tmp_path)
    ready.run("git", "switch", "-q", "simulations")
    (ready.root / "theirs.md").write_text("theirs\n")
    commit(ready, "beside the pipeline")
    ready.run("git", "switch", "-q", "main")
    commit(ready, "main goes on")
    mine = ready.root / "mine.md"
    mine.write_text("mine\n")
    for begun in (False, True):
        ready.run("git", "add", "mine.md")
        with pytest.raises(SimworthError, match=r"^mine\.md: is staged"):
            merged("simulations")
        assert not (ready.root / ".git/MERGE_HEAD").exists() or begun
        ready.run("git", "restore", "--staged", "mine.md")
        if not begun:
            merging._start(git("rev-parse", "simulations") or "")
    merged("simulations")
    assert git("ls-files", "theirs.md") == "theirs.md"
    assert git("status", "--porcelain") == "?? mine.md"


def test_entries_of_one_name_leave_nothing_where_the_merge_is_given_up(ready: Project) -> None:
    """Each branch has its own first entry, and a file that only people can merge."""
    for branch, time in (("theirs", "2026-01-01"), ("main", "2026-01-02")):
        ready.run("git", "switch", "-q", *(["-c"] if branch == "theirs" else []), branch)
        made = sealed(FIRST.model_copy(update={"time": time}))
        made.record.write(ready.root / "reports/ledger" / made.name)
        (ready.root / "readme.md").write_text(branch)
        commit(ready, branch)
    with pytest.raises(SimworthError, match=r"^readme\.md: both branches changed it"):
        merged("theirs")
    assert git("status", "--porcelain") == ""
    (entry,) = read_ledger(ready.root / "reports/ledger")
    assert entry.record.time == "2026-01-02"
