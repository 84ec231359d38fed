"""`simworth new` lays out a project without sources, which the installed package runs."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.config import load_settings
from simworth.data.catalogue import load_catalogue
from simworth.demo.workspace import Demo, make_workspace
from simworth.pipeline.new import CODE, refresh_code
from tests.extend.pages import code_blocks

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "valuations"
    assert main(["new", str(folder), "--tasks", "chi_new_polymers"]) == 0
    return folder


def pipeline(folder: Path) -> dict:
    return YAML(typ="safe").load((folder / "dvc.yaml").read_text())["stages"]


def test_it_holds_the_wanted_tasks_and_their_databases(project: Path) -> None:
    settings, ours = load_settings(project / "params.yaml"), load_settings(ROOT / "params.yaml")
    assert settings.tasks == {name: ours.tasks[name] for name in ("chi", "chi_new_polymers")}, "with what it is like"
    assert list(settings.databases) == ["cosmors"], "the others are in the catalogue alone"
    known = load_catalogue(project / "data" / "catalogue" / "cosmors")
    assert set(known.releases) >= set(settings.databases["cosmors"].releases)


def test_git_and_dvc_know_it(project: Path) -> None:
    listed = subprocess.run(["git", "status", "--short"], cwd=project, capture_output=True, text=True, check=True)
    assert {line[:2] for line in listed.stdout.splitlines()} == {"A "}, "all is staged"
    words = [sys.executable, "-m", "dvc", "stage", "list", "--name-only"]
    stages = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True).stdout.split()
    assert {"ingest@cosmors", "sweep@chi", "fit@chi_new_polymers", "ledger"} <= set(stages)
    assert (project / ".dvc/plots/loglog.json").read_bytes() == (ROOT / ".dvc/plots/loglog.json").read_bytes()


def test_heat_capacity_takes_other_measurements_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of docs/databases.md before `simworth run`, in a project of one's own."""
    assert main(["new", str(tmp_path / "own"), "--tasks", "heat_capacity"]) == 0
    monkeypatch.chdir(tmp_path / "own")
    (page,) = [one.text for one in code_blocks("databases.md") if "sed -i" in one.text]
    selecting, changing, running = page.splitlines()
    assert main(shlex.split(selecting)[1:]) == 0 and running == "simworth run --tasks heat_capacity"
    subprocess.run(["bash", "-ec", changing], check=True)
    settings = load_settings(Path("params.yaml"))
    assert settings.databases["polygraphmt_measured"].releases == ("heat-capacities",)
    assert settings.tasks["heat_capacity"].target.database == "polygraphmt_measured"


def test_stages_depend_on_digests_of_their_code(project: Path) -> None:
    theirs, ours = pipeline(project), pipeline(ROOT)
    codes = YAML(typ="safe").load((project / CODE).read_text())
    assert "src/simworth" not in (project / "dvc.yaml").read_text()
    for name, stage in ours.items():
        own = theirs[name].get("do", theirs[name])
        assert {CODE: [name]} in own["params"] and codes[name]
        assert own["cmd"] == stage.get("do", stage)["cmd"]
    before = (project / CODE).read_text()
    (project / CODE).write_text(before.replace(codes["fit"], "of-an-older-version"))
    refresh_code(project)
    assert (project / CODE).read_text() == before
    refresh_code(ROOT)
    assert not (ROOT / CODE).exists(), "a project with sources has none"


def test_its_demo_needs_no_sources(project: Path, tmp_path: Path) -> None:
    make_workspace(Demo(size=200, trials=2), project, tmp_path / "demo")
    assert (tmp_path / "demo" / CODE).is_file() and not (tmp_path / "demo" / "src").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["taken"], "taken holds something already; name a folder that is empty or not there yet"),
        (["free", "--tasks", "densty"], "no task 'densty'; did you mean 'density'?"),
    ],
)
def test_what_it_refuses(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    Path("taken/notes.txt").write_text("")
    assert main(["new", *words]) == 1
    assert said in capsys.readouterr().err
    assert not Path("free").exists()
