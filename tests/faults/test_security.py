"""What SECURITY.md promises of the code, of files from elsewhere and of the locked packages."""

from __future__ import annotations

import ast
import io
import re
import tarfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from simworth.config import Database
from simworth.data.catalogue import Catalogue, release_from
from simworth.data.containers import as_csv
from simworth.data.fetch import fetch_database
from simworth.digests import file_sha256
from simworth.errors import SimworthError
from tests.faults.lab import ROOT

UNPICKLING = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "skops",
    "jsonpickle",
    "yaml",
}
CALLS = {
    *("torch.load", "pd.read_pickle", "pandas.read_pickle", "np.load", "numpy.load", "eval", "exec", "os.system"),
    *("os.popen", "shutil.unpack_archive", "mlflow.pyfunc.load_model"),
}
ARCHIVES = {"tarfile", "zipfile", "py7zr", "rarfile"}
SOURCES = sorted((ROOT / "src").rglob("*.py"))


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """(file, node) of every piece of code."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
    return [(str(path.relative_to(ROOT)), node) for path, tree in trees.items() for node in ast.walk(tree)]


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {str(node.module).split(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def test_nothing_is_unpickled() -> None:
    """No module imports what unpickles (PyYAML can)."""
    assert not [(name, found) for name, node in nodes() if (found := imported(node) & UNPICKLING)]


def test_no_archive_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one CSV of an archive is read in memory, whatever path it names; no file is written anywhere."""
    assert {name for name, node in nodes() if imported(node) & ARCHIVES} <= {"src/simworth/data/containers.py"}
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


def test_nothing_from_a_file_is_run() -> None:
    found = [(name, ast.unparse(node.func)) for name, node in nodes() if isinstance(node, ast.Call)]
    assert not [(name, call) for name, call in found if call in CALLS]


def test_no_command_goes_through_a_shell() -> None:
    found = [
        (name, ast.unparse(node)) for name, node in nodes() if isinstance(node, ast.keyword) and node.arg == "shell"
    ]
    assert not found


def test_yaml_is_read_without_making_objects() -> None:
    """ruamel's safe loader, or its round-trip one, which keeps comments and makes no objects of tags either."""
    made = [ast.unparse(node) for _, node in nodes() if isinstance(node, ast.Call) and ast.unparse(node.func) == "YAML"]
    assert made and set(made) <= {"YAML()", "YAML(typ='safe')"}


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['touch hit']", "!!python/name:os.system"])
def test_a_tag_in_params_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    from ruamel.yaml import YAML

    from simworth.config import load_settings

    monkeypatch.chdir(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(f"seed: {text}\n")
    with pytest.raises(SimworthError, match=r"params\.yaml"):
        load_settings(params)
    YAML().load(params.read_text())
    assert not (tmp_path / "hit").exists()


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
    return " ".join(map(str, failed)), folder / "a.csv"


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
