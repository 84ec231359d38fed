"""What SECURITY.md promises of the code, of files from elsewhere and of the locked packages."""

from __future__ import annotations

import io
import re
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from simworth.config import Database
from simworth.data.catalogue import Catalogue, release_from
from simworth.data.containers import as_csv
from simworth.data.fetch import fetch_database
from simworth.digests import file_sha256
from simworth.errors import SimworthError
from tests.data.project import main, tracked_project
from tests.faults.lab import ROOT


def test_no_archive_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one CSV of an archive is read in memory, whatever path it names; no file is written anywhere."""
    inside = tmp_path / "inside"
    inside.mkdir()
    packed = inside / "evil.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        member = tarfile.TarInfo("../../outside.csv")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"a,b\n"))
    monkeypatch.chdir(inside)
    assert as_csv(packed) == b"a,b\n"
    assert sorted(tmp_path.rglob("*")) == [inside, packed]


TAGS = {"call": "!!python/object/apply:os.mkdir ['hit']", "name": "!!python/name:os.mkdir"}
SETTINGS = ["params.yaml", "dvc.yaml", "data/raw/polyinfo.dvc", "data/catalogue/polyinfo/open.yaml"]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_tag_in_settings_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, tag: str
) -> None:
    """Whatever reads the file says in a line what is wrong with it, or passes the key over."""
    project = tracked_project(tmp_path)
    monkeypatch.chdir(project.root)
    with (project.root / name).open("a") as file:
        file.write(f"seed_of_evil: {TAGS[tag]}\n")
    codes = [project.ingest("polyinfo"), main(["release", "list"]), main(["release", "fetch"])]
    assert not list(tmp_path.rglob("hit"))
    said = capsys.readouterr().err
    assert sum(codes) <= said.count("\n") and "Traceback" not in said


def catalogue(**file: object) -> Catalogue:
    entry = {"reader": "x", "files": [{"name": "a.csv", "sha256": "0" * 64, "bytes": 1, **file}]}
    return Catalogue(Path("a test"), {"one": release_from(entry, "a test")})


@pytest.mark.parametrize(
    "file",
    [
        {"url": "http://example.org/a.csv"},
        {"url": "ftp://example.org/a.csv"},
        {"url": "javascript:alert(1)"},
        {"url": "../a.csv"},
        {"mirror": "../../etc/passwd"},
        {"mirror": "/etc/passwd"},
        {"name": "../a.csv"},
        {"name": "/etc/cron.d/a"},
        {"name": ".dvc"},
        {"sha256": "00"},
    ],
)
def test_release_metadata_names_nothing_outside_its_folders(file: dict[str, object]) -> None:
    with pytest.raises(SimworthError, match="must be"):
        catalogue(**file)


def bring(tmp_path: Path, secret: Path) -> tuple[str, Path]:
    """Fetch a release whose origin is a file of this machine; (what was said of it, where it would be)."""
    known = catalogue(url=secret.as_uri(), sha256=file_sha256(secret))
    folder = tmp_path / "raw" / "db"
    failed = fetch_database(Database(releases=("one",)), known, folder, lambda _: None)
    return " ".join(failed), folder / "a.csv"


def test_a_file_address_reaches_only_into_the_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror, secret = tmp_path / "mirror", tmp_path / "secret"
    mirror.mkdir()
    secret.write_text("a secret")
    monkeypatch.setenv("SIMWORTH_MIRROR", str(mirror))
    (mirror / "link").symlink_to(secret)
    for place in (secret, mirror / ".." / "secret", mirror / "link"):
        said, file = bring(tmp_path, place)
        assert "only below the folder that SIMWORTH_MIRROR names" in said and not file.exists()
    monkeypatch.delenv("SIMWORTH_MIRROR")
    assert "only below" in bring(tmp_path, secret)[0]
    inside = mirror / "a.csv"
    inside.write_text("open data")
    monkeypatch.setenv("SIMWORTH_MIRROR", str(mirror))
    said, file = bring(tmp_path, inside)
    assert not said and file.read_text() == "open data"


def test_a_hash_is_checked_before_a_file_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "a.csv").write_text("other data")
    monkeypatch.setenv("SIMWORTH_MIRROR", str(tmp_path / "mirror"))
    known = catalogue(mirror="a.csv", sha256="ab" * 32)
    with pytest.raises(SimworthError, match="expected sha256 abab"):
        fetch_database(Database(releases=("one",)), known, tmp_path / "raw" / "db", lambda _: None)
    assert not list((tmp_path / "raw").rglob("a.csv"))


def test_every_package_is_pinned_exactly_and_here_as_pinned() -> None:
    """What `pip-audit -r requirements.lock` audits is what runs."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert not [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line)]
    wrong = {name: (wanted, found) for name, wanted in (line.split("==") for line in pins)
             if (found := version(name).split("+")[0]) != wanted}  # fmt: skip
    assert not wrong
