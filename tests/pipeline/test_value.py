"""`simworth value --new`: a release is noticed, valued, committed and tagged once, whenever it is killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import simworth.data.add
from simworth.cli import main
from simworth.data.http import Patience
from simworth.errors import SimworthError
from simworth.git import git
from simworth.locks import one_at_a_time
from simworth.pipeline import commits, value
from simworth.pipeline.value import AtWork, value_new
from tests.data.conftest import services  # noqa: F401
from tests.data.project import Project
from tests.data.server import Services
from tests.data.test_watch import FILE, NEW, follow, project, published, text  # noqa: F401

QUICK = Patience(answer=1.0, pause=0.01)
TAG = "radonpy-2026-12-01-bbbbbbb"


@pytest.fixture
def ready(project: Project, services: Services, monkeypatch: pytest.MonkeyPatch) -> Project:  # noqa: F811
    """A committed project whose radonpy has a successor upstream; the pipeline only leaves a mark."""
    publish = follow(project, "github")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "first")
    publish(services, NEW, text(published(project)[1:]))

    def run(*_: object) -> None:
        Path("reports").mkdir(exist_ok=True)
        Path("reports/mark").write_text(project.read("params.yaml"))

    monkeypatch.setattr(value, "run", run)
    return project


def valued() -> list[str]:
    return value_new(lambda: [], lambda _: None, lambda _: None, QUICK)


def valued_once(project: Project) -> None:  # noqa: F811
    assert (git("log", "--format=%s") or "").splitlines() == [
        "radonpy: release 2026-12-01-bbbbbbb and its valuation",
        "first",
    ]
    assert git("tag") == TAG
    assert git("rev-parse", f"{TAG}^{{commit}}") == git("rev-parse", "HEAD")
    assert git("status", "--porcelain") == ""
    assert f"# {TAG}" in project.read(f"reports/summaries/{TAG}.md")
    assert "2026-12-01-bbbbbbb" in project.read("reports/mark")
    assert not value.STATE.exists()


def test_a_release_is_valued_once(ready: Project) -> None:
    assert valued() == [TAG]
    valued_once(ready)
    assert valued() == []
    valued_once(ready)


def die(*_: object) -> None:
    os._exit(9)


def before(owner: Any, name: str) -> Callable[[], None]:
    return lambda: setattr(owner, name, die)


def after(owner: Any, name: str) -> Callable[[], None]:
    real = getattr(owner, name)
    return lambda: setattr(owner, name, lambda *args, **more: die(real(*args, **more)))


STEPS = {
    "adding, files laid down": before(simworth.data.add, "track"),
    "running": before(value, "run"),
    "committed": after(value, "commit"),
    "tagged": before(value, "_unpushed"),
    "pushed": after(value, "push_commits"),
}
"""where a kill comes; tests/soak/test_kills.py goes through every step, the pipeline's stages included"""


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_each_step_loses_nothing(step: str, ready: Project, tmp_path: Path) -> None:
    team = tmp_path / "team.git"
    ready.run("git", "init", "-q", "--bare", str(team))
    ready.run("git", "remote", "add", "origin", str(team))
    if (child := os.fork()) == 0:
        try:
            STEPS[step]()
            valued()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert valued() == ([] if step.startswith("push") else [TAG]), "what was committed before is only pushed"
    valued_once(ready)
    assert git("rev-parse", f"{TAG}^{{commit}}", folder=team) == git("rev-parse", "HEAD")


def test_what_changed_since_a_commit_is_said_without_a_valuation(
    ready: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    first = git("rev-parse", "HEAD") or ""
    assert valued() == [TAG]
    assert main(["value", "--since", first]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"# Since {first}"
    assert said[1:] == ready.read(f"reports/summaries/{TAG}.md").splitlines()[1:]
    assert main(["value", "--since", "nowhere"]) == 1 and main(["value"]) == 1
    assert "git knows no such commit" in capsys.readouterr().err
    assert git("rev-list", "--count", "HEAD") == "2"


def test_every_release_since_a_commit_has_its_title(ready: Project, capsys: pytest.CaptureFixture[str]) -> None:
    first = git("rev-parse", "HEAD") or ""
    value.NOTES.mkdir(parents=True)
    for name in "ab":
        (value.NOTES / f"{name}.md").write_text(f"# {name}: new after old\n\n## density (simulation)\n\n5 values.\n")
    assert main(["value", "--since", first]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("#")]
    each = [(f"### {name}: new after old", "#### density (simulation)") for name in "ab"]
    assert titles == [f"# Since {first}", "## The release", *each[0], *each[1], "## Laws"]


def test_the_summary_s_file_is_made_before_anything_is_valued(ready: Project, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert main(["value", "--new", "--no-push", "--summary", str(tmp_path / "file/summary.md")]) == 1
    assert git("tag") == ""
    out = tmp_path / "out/summary.md"
    assert main(["value", "--new", "--no-push", "--summary", str(out)]) == 0
    assert out.read_text() == ready.read(f"reports/summaries/{TAG}.md")


def test_a_tag_of_the_branch_s_name_changes_nothing(ready: Project, tmp_path: Path) -> None:
    team = tmp_path / "team.git"
    ready.run("git", "init", "-q", "--bare", str(team))
    ready.run("git", "remote", "add", "origin", str(team))
    name = git("branch", "--show-current") or ""
    ready.run("git", "tag", name)
    assert valued() == [TAG]
    assert git("for-each-ref", "--format=%(refname)", "refs/heads", folder=team) == f"refs/heads/{name}"


def test_two_at_once_do_no_harm(ready: Project, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: str) -> None:
        raise AssertionError

    with one_at_a_time(value.SCRATCH / "value", refuse):
        with pytest.raises(AtWork):
            valued()
        assert main(["value", "--new"]) == 0
    assert "is running already" in capsys.readouterr().err
    assert git("tag") == ""


@pytest.mark.parametrize("path", ["params.yaml", "reports/density.proposal.json"])
def test_changes_of_the_user_are_never_committed(path: str, ready: Project) -> None:
    """Those of the pipeline's files stop it, new ones included; others do not, and stay."""
    (ready.root / "reports").mkdir()
    for name in (path, "night.jsonl"):
        with (ready.root / name).open("a") as file:
            file.write("# mine\n")
    with pytest.raises(SimworthError, match=r": has changes that are not committed"):
        valued()
    assert git("tag") == ""
    ready.run("git", "add", path)
    ready.run("git", "commit", "-qm", "mine")
    assert valued() == [TAG]
    assert git("status", "--porcelain") == "?? night.jsonl"


@pytest.mark.parametrize("when", ["before", "while it runs"])
def test_what_the_user_staged_is_never_committed(when: str, ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (ready.root / "notebook.md").write_text("mine\n")

    def stage(*_: object) -> None:
        ready.run("git", "add", "notebook.md")

    with monkeypatch.context() as while_it_runs:
        while_it_runs.setattr(value, "run", stage)
        if when == "before":
            stage()
        with pytest.raises(SimworthError, match=r"^notebook\.md: is staged and would be committed along; commit it"):
            valued()
    assert git("log", "--format=%s") == "first"
    ready.run("git", "restore", "--staged", "notebook.md")
    assert valued() == [TAG]
    assert git("status", "--porcelain") == "?? notebook.md"


def test_a_pipeline_that_fails_is_gone_on_with(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SimworthError("stage 'fit@density' failed")

    with monkeypatch.context() as broken:
        broken.setattr(value, "run", fail)
        with pytest.raises(SimworthError, match="failed"):
            valued()
    assert git("log", "--format=%s") == "first"
    assert valued() == [TAG]
    valued_once(ready)


def test_a_kill_within_git_leaves_no_lock(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        Path(".git/index.lock").touch()
        raise SimworthError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(value, "commit", killed)
        with pytest.raises(SimworthError, match="killed"):
            valued()
    monkeypatch.setattr(commits, "LET_GO", 0.2)
    assert valued() == [TAG]
    valued_once(ready)


def test_what_cannot_be_pushed_waits(ready: Project, tmp_path: Path) -> None:
    ready.run("git", "remote", "add", "origin", str(tmp_path / "team.git"))
    warned: list[str] = []
    assert value_new(lambda: [], lambda _: None, warned.append, QUICK) == [TAG]
    assert "not pushed: git push to 'origin'" in warned[-1]
    ready.run("git", "init", "-q", "--bare", str(tmp_path / "team.git"))
    assert valued() == []
    assert git("tag", folder=tmp_path / "team.git") == TAG
    assert not value.UNPUSHED.exists()


def test_another_state_of_the_same_files_is_noted(ready: Project, services: Services) -> None:  # noqa: F811
    follow(ready, "github")(services, NEW, (ready.raw / "radonpy" / FILE).read_bytes())
    assert valued() == []
    assert git("log", "-1", "--format=%s") == f"radonpy: first is {NEW} upstream, too"
    assert (git("status", "--porcelain"), git("tag")) == ("", "")


def test_a_damaged_release_leaves_everything_as_it_was(ready: Project, services: Services) -> None:  # noqa: F811
    follow(ready, "github")(services, NEW, text(published(ready)[:2]))
    with pytest.raises(SimworthError, match="looks like a damaged or cut file"):
        valued()
    assert git("status", "--porcelain") == ""
    assert git("tag") == ""
