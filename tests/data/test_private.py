"""What may not be redistributed goes to the remote `private` alone; what others make goes to the default one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.data.private import declared
from tests.data.project import Project, export, main, tracked_project

TASKS = """\
tasks:
  density:
    property: density
    source: {database: radonpy}
    target: {database: polyinfo}
    descriptors: [ffkm]
  twin:
    property: density
    source: {database: radonpy}
    target: {database: radonpy}
    descriptors: [ffkm]
"""
STAGES = """\
  features:
    foreach: ${tasks}
    do:
      cmd: mkdir -p results/predictions results/trials && echo ${key} > results/predictions/${key}.parquet
        && echo trials of ${key} > results/trials/${key}.parquet
      deps:
        - data/clean/${item.source.database}.parquet
        - data/clean/${item.target.database}.parquet
      outs:
        - results/predictions/${key}.parquet
        - results/trials/${key}.parquet
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two tasks, of which one needs the measurements."""
    made = tracked_project(tmp_path)
    params, pipeline = made.root / "params.yaml", made.root / "dvc.yaml"
    params.write_text(params.read_text().replace("tasks: {}\n", TASKS))
    pipeline.write_text(pipeline.read_text() + STAGES)
    monkeypatch.chdir(made.root)
    return made


def contents(remote: Path) -> list[bytes]:
    return [path.read_bytes() for path in remote.rglob("*") if path.is_file()]


def test_a_plain_push_keeps_a_private_release_from_the_open_remote_and_sends_the_rest(
    project: Project, tmp_path: Path
) -> None:
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    closed, opened = tmp_path / "closed", tmp_path / "opened"
    project.remote("storage", opened, default=True)
    project.remote("private", closed)
    project.dvc("repro", "-q")
    project.dvc("push", "-q")
    private = [*(project.raw / "polyinfo").iterdir()]
    private += [project.root / name for name in ("data/clean/polyinfo.parquet", "results/predictions/density.parquet")]
    rest = [*(project.raw / "radonpy").iterdir()]
    rest += [project.root / f"results/{name}.parquet" for name in ("predictions/twin", "trials/twin", "trials/density")]
    rest += [project.root / "data/clean/radonpy.parquet", project.root / "data/quality/radonpy.json"]
    sent, kept = contents(opened), contents(closed)
    assert not [path.name for path in private if path.read_bytes() in sent]
    assert not [path.name for path in private if path.read_bytes() not in kept]
    assert not [path.name for path in rest if path.read_bytes() not in sent]
    assert not [path.name for path in rest if path.read_bytes() in kept]
    assert "# a comment that must survive" in project.read("dvc.yaml")


def test_a_release_taken_over_from_a_closed_database_stays_private(project: Project, tmp_path: Path) -> None:
    params = project.root / "params.yaml"
    closed = "releases: [open]\n    redistribute: false"
    params.write_text(params.read_text().replace("releases: [open]\n    redistribute: true", closed))
    for database, release in (("both", "polyinfo/open"), ("radonpy", "radonpy/first")):
        assert main(["release", "select", database, release]) == 0
    assert main(["release", "fetch"]) == 0
    remotes = project.yaml("data/remotes.yaml")["databases"]
    assert [name for name, remote in remotes.items() if "private" in remote.values()] == ["polyinfo", "both"]
    assert project.yaml("data/catalogue/both/polyinfo-open.yaml")["redistribute"] is False
    assert project.yaml("data/catalogue/radonpy/radonpy-first.yaml")["redistribute"] is True


def test_without_a_remote_for_it_it_stays_on_this_machine(project: Project, tmp_path: Path) -> None:
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    project.remote("storage", tmp_path / "opened", default=True)
    project.dvc("push", "-q")
    mine = (project.raw / "polyinfo" / "table.csv").read_bytes()
    assert mine not in contents(tmp_path / "opened")
    assert (project.raw / "radonpy" / "PI1070.csv").read_bytes() in contents(tmp_path / "opened")
    assert mine in contents(project.root / ".simworth/private")


def test_dvc_leaves_what_it_tracks_as_it_was_written(project: Project, tmp_path: Path) -> None:
    """As where its cache was lost, and a run enters the files anew."""
    assert main(["release", "add", "lab", str(export(tmp_path)), "--name", "a", "--reader", "polyinfo"]) == 0
    before = project.read("data/raw/lab.dvc")
    shutil.rmtree(project.root / ".dvc/cache")
    project.dvc("repro", "-q", "data/raw/lab.dvc")
    assert "remote: private" in before and project.read("data/raw/lab.dvc") == before


def test_back_to_open_releases_all_goes_to_the_default_remote(project: Project, tmp_path: Path) -> None:
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("[mine, open]", "[open]"))
    assert main(["release", "fetch"]) == 0
    assert "private" not in project.read("data/remotes.yaml")
    assert "remote" not in project.yaml("data/raw/polyinfo.dvc")["outs"][0]


MARKS = ["push: true", "push: True", "", "{push: true}", "{remote: storage}", "cache: true"]


@pytest.mark.parametrize("marks", MARKS)
def test_ingest_refuses_what_would_be_pushed_however_it_is_written(
    project: Project, capsys: pytest.CaptureFixture[str], marks: str
) -> None:
    """A user's own dvc.yaml, in every way in which YAML says that an output is pushed."""
    options = f": {marks}" if marks.startswith("{") else f":\n            {marks}" if marks else ""
    pipeline = project.root / "dvc.yaml"
    pipeline.write_text(pipeline.read_text().replace("clean/${key}.parquet\n", f"clean/${{key}}.parquet{options}\n", 1))
    make_private(project, "data/catalogue/polyinfo/open.yaml")
    assert project.ingest("polyinfo") == 1
    said = capsys.readouterr().err
    assert "may not be redistributed" in said and "remote: private" in said and said.count("\n") == 1


@pytest.mark.parametrize("path", ["params.yaml", "data/catalogue/polyinfo/open.yaml"])
def test_fetch_directs_the_outputs_of_what_became_private(project: Project, path: str) -> None:
    make_private(project, path)
    assert project.ingest("polyinfo") == 1
    assert main(["release", "fetch"]) == 0
    assert project.ingest("polyinfo") == 0
    outs = [out for out in declared(project.root / "dvc.yaml") if out.section == "databases" and out.holds_values]
    assert {out.remote("polyinfo", remotes(project)) for out in outs} == {"private"}
    assert {out.remote("radonpy", remotes(project)) for out in outs} == {""}


def make_private(project: Project, path: str) -> None:
    """Of the measurements, in the last place where the file says that they may be redistributed."""
    head, _, tail = project.read(path).rpartition("redistribute: true")
    (project.root / path).write_text(f"{head}redistribute: false{tail}")


def remotes(project: Project) -> dict:
    return YAML(typ="safe").load(project.read("data/remotes.yaml"))


def test_only_tasks_that_use_the_release_are_concerned(project: Project, tmp_path: Path) -> None:
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    members = {name: entry for section in remotes(project).values() for name, entry in section.items()}
    found = {name: next(iter(entry.values())) for name, entry in members.items()}
    assert found == {"radonpy": "", "polyinfo": "private", "density": "private", "twin": ""}


def test_another_release_in_the_catalogue_reruns_nothing_but_the_selection(project: Project) -> None:
    project.dvc("repro", "-q", "ingest@radonpy")
    folder = project.root / "data/catalogue/radonpy"
    (folder / "later.yaml").write_text((folder / "first.yaml").read_text())
    done = project.dvc("repro", "ingest@radonpy").stdout
    assert "Running stage 'select@radonpy'" in done and "Running stage 'ingest@radonpy'" not in done


def test_a_private_release_that_is_selected_is_ignored_by_git(project: Project, tmp_path: Path) -> None:
    """Of a database that the project did not value before: its catalogue entry is all that there is."""
    file, entry = export(tmp_path), project.root / "data/catalogue/lab/mine.yaml"
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "before")
    assert main(["release", "add", "lab", str(file), "--name", "mine", "--reader", "polyinfo"]) == 0
    text = entry.read_text()
    project.run("git", "reset", "-q", "--hard")
    project.run("git", "clean", "-qfdx", "data")  # DVC's cache stays, which the file comes from
    entry.parent.mkdir(parents=True)
    entry.write_text(text)
    assert main(["release", "select", "lab", "mine"]) == 0
    assert main(["release", "fetch"]) == 0
    assert (project.raw / "lab" / file.name).is_file()
    project.run("git", "add", "-A")
    assert file.name not in project.run("git", "ls-files").stdout
    (out,) = YAML(typ="safe").load(project.raw / "lab.dvc")["outs"]
    assert out["remote"] == "private"
