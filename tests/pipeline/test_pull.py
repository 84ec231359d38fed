"""A clone takes from the team's remote what others have made, and a remote that is down stops nobody."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc.config import Config

from simworth.data import dvc_project
from simworth.pipeline.run import run
from tests.data.project import Project, export, main, tracked_project


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a project that was run, committed and pushed to the remote beside it."""
    root = tmp_path_factory.mktemp("pushed")
    project = tracked_project(root)
    project.remote("storage", root / "remote", default=True)
    project.dvc("repro", "-q")
    project.dvc("push", "-q")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "run")
    return root


@pytest.fixture
def made(pushed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of it, the remote beside it."""
    shutil.copytree(pushed, tmp_path, symlinks=True, dirs_exist_ok=True)
    project = Project(tmp_path / "project", tmp_path / "mirror")
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("SIMWORTH_MIRROR", raising=False)
    project.remote("storage", tmp_path / "remote", default=True)
    project.run("git", "commit", "-qam", "the remote where it lies now")
    return project


def cloned(project: Project, place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    subprocess.run(["git", "clone", "-q", str(project.root), str(place)], check=True, capture_output=True)
    shutil.rmtree(project.root)
    monkeypatch.chdir(place)
    return Project(place, project.mirror)


def go() -> tuple[str, str]:
    """`simworth run` without MLflow; (said, warned)."""
    said: list[str] = []
    warned: list[str] = []
    run((), lambda: [], said.append, warned.append)
    return "\n".join(said), "\n".join(warned)


def test_a_clone_makes_nothing_again(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = cloned(made, tmp_path / "clone", monkeypatch)
    said, warned = go()
    assert "stages: 4 taken from DVC's cache" in said and not warned
    assert clone.run("git", "status", "--porcelain").stdout == ""
    assert "asking" not in go()[0], "nothing is missing any more"


def test_a_bucket_is_a_remote(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    made.dvc("remote", "add", "-q", "-d", "team", f"{bucket}/simworth")
    made.dvc("push", "-q")
    made.run("git", "commit", "-qam", "the bucket")
    shutil.rmtree(tmp_path / "remote")
    clone = cloned(made, tmp_path / "clone", monkeypatch)
    said, warned = go()
    assert "stages: 4 taken from DVC's cache" in said and not warned
    assert clone.run("git", "status", "--porcelain").stdout == ""


def test_what_the_remote_lacks_is_made(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    md5 = made.yaml("dvc.lock")["stages"]["ingest@radonpy"]["outs"][0]["md5"]
    (tmp_path / "remote" / "files" / "md5" / md5[:2] / md5[2:]).unlink()
    cloned(made, tmp_path / "clone", monkeypatch)
    said, warned = go()
    assert "1 ran" in said and "3 taken from DVC's cache" in said
    assert "what it did not give is made here" in warned


FOLDER = """\
  folder:
    cmd: mkdir made && echo one > made/one && echo two > made/two
    deps:
      - params.yaml
    outs:
      - made
"""


def test_a_pull_that_was_interrupted_goes_on(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It left a folder's list in the cache, and not its files."""
    (made.root / "dvc.yaml").write_text(made.read("dvc.yaml") + FOLDER)
    made.dvc("repro", "-q", "folder")
    made.dvc("push", "-q")
    made.run("git", "add", "-A")
    made.run("git", "commit", "-qm", "a folder")
    md5 = made.yaml("dvc.lock")["stages"]["folder"]["outs"][0]["md5"]
    clone = cloned(made, tmp_path / "clone", monkeypatch)
    part = Path("files/md5", md5[:2], md5[2:])
    (clone.root / ".dvc/cache" / part).parent.mkdir(parents=True)
    shutil.copy(tmp_path / "remote" / part, clone.root / ".dvc/cache" / part)
    said, warned = go()
    assert "asking for 7 outputs" in said and "stages: 5 taken from DVC's cache" in said and not warned
    assert clone.files("made") == ["one", "two"]


@pytest.fixture
def silence() -> Iterator[str]:
    """Address of a server that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_remote_that_does_not_answer_is_passed_over(
    made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silence: str
) -> None:
    assert dvc_project.ANSWER == 30
    monkeypatch.setattr(dvc_project, "ANSWER", 6.0)
    made.remote("storage", silence, default=True)
    made.run("git", "commit", "-qam", "another remote")
    clone = cloned(made, tmp_path / "clone", monkeypatch)
    monkeypatch.setenv("SIMWORTH_MIRROR", str(clone.mirror))
    said, warned = go()
    assert "does not answer within 6 s" in warned and "4 ran" in said


def test_a_release_of_another_branch_comes_from_the_remote(
    made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is in no .dvc of this commit: it is found by its hash, and by its name in what a tag tracked."""
    file = export(tmp_path)
    assert main(["release", "add", "polyinfo", str(file), "--name", "mine", "--redistribute"]) == 0
    made.dvc("push", "-q")
    made.run("git", "add", "-A")
    made.run("git", "commit", "-qm", "mine")
    made.run("git", "tag", "mine")
    entry = "data/catalogue/polyinfo/mine.yaml"
    text = made.read(entry)
    made.run("git", "reset", "-q", "--hard", "HEAD~1")
    clone = cloned(made, tmp_path / "clone", monkeypatch)
    params = clone.root / "params.yaml"
    params.write_text(params.read_text().replace("[open]", "[mine, open]"))
    for content in (text, "".join(line for line in text.splitlines(True) if "md5:" not in line)):
        (clone.root / entry).write_text(content)
        shutil.rmtree(clone.root / "data/raw/polyinfo", ignore_errors=True)
        shutil.rmtree(clone.root / ".dvc/cache", ignore_errors=True)
        assert main(["release", "fetch"]) == 0
        assert (clone.root / "data/raw/polyinfo/table.csv").read_bytes() == file.read_bytes()


def test_the_cache_is_where_dvc_has_it(made: Project, tmp_path: Path) -> None:
    with Config(dvc_dir=str(made.root / ".dvc")).edit("repo") as settings:
        settings["cache"]["dir"] = str(tmp_path / "elsewhere")
    made.run("mv", ".dvc/cache", str(tmp_path / "elsewhere"))
    md5 = made.yaml("dvc.lock")["stages"]["ingest@radonpy"]["outs"][0]["md5"]
    assert dvc_project.cached(md5, made.root) == tmp_path / "elsewhere" / "files" / "md5" / md5[:2] / md5[2:]
