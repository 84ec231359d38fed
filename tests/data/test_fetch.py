"""Releases come from DVC, the mirror or their origin, checked; what is right is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.data.project import Project, main, make_project, tracked_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project(tmp_path)
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("SIMWORTH_MIRROR", raising=False)
    return made


def test_from_the_mirror_and_then_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMWORTH_MIRROR", str(project.mirror))
    assert main(["release", "fetch"]) == 0
    assert "from the mirror" in capsys.readouterr().out
    stamps = {path: path.stat().st_mtime_ns for path in project.raw.rglob("*.csv")}
    assert len(stamps) == 2
    assert main(["release", "fetch"]) == 0
    assert capsys.readouterr().out == ""
    assert {path: path.stat().st_mtime_ns for path in project.raw.rglob("*.csv")} == stamps
    assert sorted(path.name for path in project.raw.iterdir()) == ["polyinfo", "radonpy"]


def test_nothing_reachable_names_every_way(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "fetch"]) == 3
    said = capsys.readouterr().err
    for word in ("no release can be reached", "'first'", "'open'", "DVC", "SIMWORTH_MIRROR is not set", "origin"):
        assert word in said
    assert said.count("\n") == 1


def test_some_reachable_is_another_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(project.mirror / "polyinfo")
    monkeypatch.setenv("SIMWORTH_MIRROR", str(project.mirror))
    assert main(["release", "fetch"]) == 1
    assert "mirror: no file" in capsys.readouterr().err


def test_wrong_content_in_the_mirror_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMWORTH_MIRROR", str(project.mirror))
    path = project.mirror / "radonpy" / "PI1070.csv"
    path.write_bytes(path.read_bytes()[:-40])
    assert main(["release", "fetch"]) == 1
    said = capsys.readouterr().err
    assert "expected sha256" in said and "got " in said and "PI1070.csv" in said
    assert not list(project.raw.rglob("PI1070.csv"))
    assert not list(project.raw.glob(".incoming*"))


def test_changed_file_is_not_overwritten(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMWORTH_MIRROR", str(project.mirror))
    assert main(["release", "fetch"]) == 0
    path = project.raw / "radonpy" / "PI1070.csv"
    path.write_text("mine\n")
    assert main(["release", "fetch"]) == 1
    assert "release add" in capsys.readouterr().err
    assert path.read_text() == "mine\n"
    path.unlink()
    (project.raw / "radonpy" / "other.csv").write_text("mine\n")
    assert main(["release", "fetch"]) == 1
    assert "belongs to no release" in capsys.readouterr().err


def test_back_from_dvc_without_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tracked_project(tmp_path)
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("SIMWORTH_MIRROR", raising=False)
    shutil.rmtree(project.raw / "radonpy")
    assert main(["release", "fetch"]) == 0
    assert (project.raw / "radonpy" / "PI1070.csv").is_file()


def test_another_selection_replaces_the_files(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMWORTH_MIRROR", str(project.mirror))
    assert main(["release", "fetch"]) == 0
    catalogue = project.root / "data/catalogue/radonpy"
    second = project.mirror / "radonpy" / "second.csv"
    second.write_text((project.mirror / "radonpy" / "PI1070.csv").read_text() + "\n")
    from simworth.digests import file_sha256

    (catalogue / "second.yaml").write_text(
        f"reader: PI1070\nfiles:\n- name: PI1070.csv\n  sha256: {file_sha256(second)}\n"
        f"  bytes: {second.stat().st_size}\n  mirror: radonpy/second.csv\n"
    )
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("[first]", "[second]"))
    assert main(["release", "fetch"]) == 0
    assert (project.raw / "radonpy" / "PI1070.csv").read_bytes() == second.read_bytes()


def test_unreachable_origin_fails_fast(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address on this machine where nobody answers."""
    for path in (project.root / "data" / "catalogue").glob("*/*.yaml"):
        path.write_text(path.read_text().replace("  mirror:", "  url: https://127.0.0.1:9/x.csv\n  mirror:"))
    assert main(["release", "fetch"]) == 3
    assert "https://127.0.0.1:9/x.csv" in capsys.readouterr().err


def test_http_is_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = project.root / "data/catalogue/radonpy/first.yaml"
    path.write_text(path.read_text().replace("  mirror:", "  url: http://x.y/x.csv\n  mirror:"))
    assert main(["release", "fetch"]) == 1
    assert "must be https" in capsys.readouterr().err


def test_list_says_what_is_here(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["database", "release", "date", "selected", "here", "licence", "redistribute"]
    assert lines[1].split() == ["polyinfo", "open", "?", "1", "no", "MIT", "yes"]
