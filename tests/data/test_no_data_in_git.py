"""The repository holds none of the databases' data, and neither does a project after its run."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.data.catalogue import load_catalogue
from simworth.data.containers import as_csv
from simworth.digests import file_sha256
from tests.data.in_git import shared, tracked
from tests.data.project import Project, export, main, tracked_project

ROOT = Path(__file__).parents[2]


def test_this_repository_holds_no_file_value_or_structure_of_a_release(mirror: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout of git")
    files = [
        file
        for folder in sorted((ROOT / "data/catalogue").iterdir())
        for release in load_catalogue(folder).releases.values()
        for file in release.files
    ]
    assert not {file_sha256(path) for path in tracked(ROOT)} & {file.sha256 for file in files}
    here = [path for file in files if file.mirror and (path := mirror / file.mirror).is_file()]
    assert len(here) > 10
    assert shared(ROOT, here) == {}


def test_a_project_commits_nothing_of_what_it_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of an open release nor of one that may not be redistributed; the same files in git are found."""
    project: Project = tracked_project(tmp_path)
    monkeypatch.chdir(project.root)
    assert main(["release", "add", "polyinfo", str(export(tmp_path)), "--name", "mine"]) == 0
    project.dvc("repro", "-q")
    project.run("git", "add", "-A")
    tables = [*project.raw.glob("*/*.csv"), *(project.root / "data/clean").glob("*.parquet")]
    rows = {row for table in tables for row in as_csv(table).splitlines()[1:] if len(row) > 20}
    assert len(tables) > 4 and len(rows) > 20

    def found() -> list[str]:
        return [path.name for path in tracked(project.root) if rows & set(path.read_bytes().splitlines())]

    assert found() == []
    assert not {file_sha256(path) for path in tracked(project.root)} & {file_sha256(path) for path in tables}
    (project.root / "table.txt").write_bytes(next(project.raw.glob("radonpy/*.csv")).read_bytes())
    project.run("git", "add", "-A")
    assert found() == ["table.txt"]
