"""A user's release is taken in whole or not at all, and what is private stays here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from simworth.digests import snapshot_md5
from tests.data.project import Project, export, main, tracked_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = tracked_project(tmp_path)
    monkeypatch.chdir(made.root)
    return made


def everything(project: Project) -> dict[str, bytes]:
    """All files of the project but DVC's and git's own."""
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for path in sorted(project.root.rglob("*"))
        if path.is_file() and not {".git", ".dvc"} & set(path.relative_to(project.root).parts[:1])
    }


def test_dvc_and_the_quality_report_agree_on_the_snapshot(project: Project) -> None:
    for database in ("radonpy", "polyinfo"):
        (out,) = project.yaml(f"data/raw/{database}.dvc")["outs"]
        assert snapshot_md5(project.raw / database) == out["md5"]


def test_simulations_take_the_place_of_the_old_release(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(project.raw / "radonpy" / "PI1070.csv")
    path = tmp_path / "fewer.csv"
    frame[1:].to_csv(path, index=False)
    assert (
        main(["release", "add", "radonpy", str(path), "--name", "second", "--redistribute", "--date", "2026-01"]) == 0
    )
    said = capsys.readouterr().out
    for command in ("dvc repro", "git commit", "git tag radonpy-second", "dvc push", "dvc metrics diff"):
        assert command in said
    assert project.yaml("params.yaml")["databases"]["radonpy"] == {"releases": ["second"], "redistribute": True}
    assert "# a comment that must survive" in project.read("params.yaml")
    assert "# simulated" in project.read("params.yaml")
    assert [path.name for path in (project.raw / "radonpy").iterdir()] == ["fewer.csv"]
    (out,) = project.yaml("data/raw/radonpy.dvc")["outs"]
    assert out["md5"] == snapshot_md5(project.raw / "radonpy") and "push" not in out
    assert "remote" not in project.read("dvc.yaml") and not (project.root / "data/remotes.yaml").exists()
    assert project.files("data/catalogue/radonpy") == ["first.yaml", "second.yaml"]
    assert main(["release", "fetch"]) == 0


def test_a_database_keeps_releases_together_until_they_are_selected_otherwise(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def held() -> set[str]:
        assert project.ingest("radonpy") == 0
        return set(pd.read_parquet(project.root / "data/clean/radonpy.parquet")["release"])

    assert main(["release", "select", "radonpy", "first", "--together"]) == 0
    pd.read_csv(project.raw / "radonpy" / "PI1070.csv")[1:].to_csv(path := tmp_path / "fewer.csv", index=False)
    assert main(["release", "add", "radonpy", str(path), "--name", "second", "--redistribute"]) == 0
    both = {"releases": ["second", "first"], "redistribute": True, "together": True}
    assert project.yaml("params.yaml")["databases"]["radonpy"] == both
    assert held() == {"first", "second"}
    capsys.readouterr()
    for how, text, releases in ((["--together"], ", together", {"first", "second"}), ([], "", {"second"})):
        assert main(["release", "select", "radonpy", "second", "first", *how]) == 0
        assert f"selected second, first of radonpy{text}; next" in capsys.readouterr().out
        assert held() == releases
    assert "together" not in project.read("params.yaml")


def test_measurements_go_first(project: Project, tmp_path: Path) -> None:
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    assert project.yaml("params.yaml")["databases"]["polyinfo"]["releases"] == ["mine", "open"]
    assert project.files("data/raw/polyinfo") == ["openpoly.csv", "table.csv"]
    assert project.yaml("data/catalogue/polyinfo/mine.yaml")["redistribute"] is False


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("smiles,property,value\n*CC*,density,1\n", "'unit' is missing"),
        ("smiles,property,value,unit\n*CC(*(,density,1,g/cm3\n", "not a SMILES"),
        ("smiles,property,value,unit\n*CC*,density,1132,\n", "no unit given"),
        ("smiles,property,value,unit\n*CC*,density,1132,g/cm3\n", "set unit: kg/m^3"),
    ],
)
def test_what_does_not_pass_changes_nothing(
    project: Project, tmp_path: Path, content: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    before = everything(project)
    assert main(["release", "add", "polyinfo", str(path), "--name", "mine"]) == 1
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert everything(project) == before


def test_a_late_failure_is_undone(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from simworth.data import add
    from simworth.errors import SimworthError

    def broken(*_: object, **__: object) -> None:
        raise SimworthError("DVC is not well")

    monkeypatch.setattr(add, "track", broken)
    before = everything(project)
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 1
    assert everything(project) == before


@pytest.mark.parametrize("sign", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_an_add_that_is_ended_leaves_nothing_that_git_would_take(project: Project, tmp_path: Path, sign: str) -> None:
    """Where it can, it is undone whole; where it is killed, git ignores the files at least."""
    ended = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL); "  # whatever these tests run under
    ended += f"import os, signal; from simworth.data import add; add.{'_entry' if sign == 'SIGKILL' else 'track'} = "
    ended += f"lambda _: os.kill(os.getpid(), signal.{sign}); from simworth.cli import main; raise SystemExit(main())"
    words = ["release", "add", "lab", str(export(tmp_path)), "--name", "a", "--reader", "polyinfo"]
    before = everything(project)
    done = subprocess.run([sys.executable, "-c", ended, *words], capture_output=True, text=True, check=False)
    if sign == "SIGKILL":
        assert project.files("data/raw/lab") == ["table.csv"]
        assert "raw/lab" not in project.run("git", "add", "-nA", "data").stdout
    else:
        assert done.returncode == 130 and "interrupted" in done.stderr, done.stderr
        assert everything(project) == before


@pytest.mark.parametrize("other", ["add lab {} --name a --reader polyinfo", "select lab polyinfo/open"])
def test_a_failure_takes_back_nothing_of_another_command(
    other: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one waits until the first has ended."""
    from simworth.data import add
    from simworth.errors import SimworthError

    path = str(export(tmp_path))
    command = [sys.executable, "-m", "simworth", "release", *other.format(path).split()]
    begun: list[subprocess.Popen[str]] = []

    def broken(*_: object, **__: object) -> None:
        begun.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        assert begun[0].stderr is not None
        assert "changes releases here; waiting for it" in begun[0].stderr.readline()
        raise SimworthError("DVC is not well")

    monkeypatch.setattr(add, "track", broken)
    assert main(["release", "add", "polyinfo", path, "--name", "mine"]) == 1
    _, said = begun[0].communicate(timeout=120)
    assert begun[0].returncode == 0, said
    assert [*project.yaml("params.yaml")["databases"]] == ["radonpy", "polyinfo", "lab"]
    assert project.files("data/catalogue/polyinfo") == ["open.yaml"]


def test_names_are_checked(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(export(tmp_path))
    for arguments, words in [
        (["polyinfo", path, "--name", "open"], "already"),
        (["polyinfo", path, "--name", "a b"], "letters"),
        (["poly-info", path, "--name", "a", "--reader", "polyinfo"], "letters"),
        (["polyinfo", path, "--name", "a", "--reader", "openpolly"], "did you mean 'openpoly'"),
        (["polyinfo", path, "--name", "a", "--unit", "densty=kg/m^3"], "did you mean 'density'"),
        (["polyinfo", str(tmp_path / "no.csv"), "--name", "a"], "is not there"),
        (["new", path, "--name", "a"], "pass --reader"),
    ]:
        assert main(["release", "add", *arguments]) == 1
        assert words in capsys.readouterr().err


def test_a_new_database(project: Project, tmp_path: Path) -> None:
    path = str(export(tmp_path))
    assert main(["release", "add", "lab", path, "--name", "a", "--reader", "polyinfo", "--redistribute"]) == 0
    assert project.yaml("params.yaml")["databases"]["lab"] == {"releases": ["a"]}
    assert (project.root / "data/raw/lab.dvc").is_file()


def test_a_release_comes_back_from_the_cache(project: Project, tmp_path: Path) -> None:
    path = export(tmp_path)
    assert main(["release", "add", "polyinfo", str(path), "--name", "mine"]) == 0
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("[mine, open]", "[open]"))
    assert main(["release", "fetch"]) == 0
    assert [file.name for file in (project.raw / "polyinfo").iterdir()] == ["openpoly.csv"]
    params.write_text(params.read_text().replace("[open]", "[mine, open]"))
    assert main(["release", "fetch"]) == 0
    assert (project.raw / "polyinfo" / "table.csv").read_bytes() == path.read_bytes()


def test_check_changes_nothing(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(project)
    assert main(["release", "check", "polyinfo", str(export(tmp_path))]) == 0
    assert "density: 6 values of 6 materials" in capsys.readouterr().out
    assert main(["release", "check", "radonpy"]) == 0
    assert "release first: 6 rows read" in capsys.readouterr().out
    assert everything(project) == before
