"""Take a user's release in: checked first, refused whole if it does not pass, all or nothing after that."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from simworth.config import Settings, load_settings, settings_from
from simworth.data.catalogue import Catalogue, load_catalogue
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.readers import get_reader
from simworth.data.snapshot import file_md5, file_sha256
from simworth.data.tracked import dvc_file, track
from simworth.errors import SimworthError
from simworth.store import write_whole


@dataclass(frozen=True)
class NewRelease:
    """What a user says of a release."""

    database: str
    name: str
    reader: str
    files: tuple[Path, ...]
    units: Mapping[str, str]
    """property -> unit of the files, where it is not the reader's own"""
    date: str = ""
    licence: str = ""
    citation: str = ""
    redistribute: bool = False
    replace: bool = False
    """True: a release of this name may exist; this one takes its place"""


@dataclass(frozen=True)
class Project:
    """The files that a release is written into."""

    params: Path
    catalogues: Path
    raw: Path
    pipeline: Path

    def catalogue(self, database: str) -> Path:
        """The catalogue file of a database, there or not."""
        return self.catalogues / f"{database}.yaml"


def add_release(project: Project, new: NewRelease, say: Callable[[str], None]) -> ReleaseRead:
    """Check, copy, catalogue, select and track a release; SimworthError, and nothing changed, where any step fails."""
    settings = load_settings(project.params)
    path = project.catalogue(new.database)
    known = load_catalogue(path) if path.is_file() else Catalogue(releases={})
    _refuse_names(new, known)
    read = read_files(settings, new.name, new.reader, new.files, dict(new.units))
    selected = _selection(settings, new, known)
    kept = {file.name for name in selected if name != new.name for file in known.get(name, path.name).files}
    if clash := sorted(kept & {file.name for file in new.files}):
        raise SimworthError(f"file {clash[0]!r}: another selected release has a file of this name; rename yours")
    say(f"release {new.name!r} passed; writing it into {project.raw / new.database}")
    folder = project.raw / new.database
    files = [project.params, path, project.pipeline, dvc_file(folder), folder.parent / ".gitignore"]
    try:
        with _all_or_nothing(files, folder):
            _lay(new, folder, kept)
            _catalogue(path, new)
            _select(project.params, new, selected)
            if not new.redistribute:
                _stop_push(project.pipeline)
            track(folder, push=_may_push(project, new, selected))
    except OSError as error:
        raise SimworthError(f"release {new.name!r} was not added: {error}; nothing was changed") from None
    return read


def _refuse_names(new: NewRelease, known: Catalogue) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", new.name):
        raise SimworthError(f"release name {new.name!r}: use letters, digits, '.', '_' and '-' only")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", new.database):
        raise SimworthError(f"database name {new.database!r}: use letters, digits and '_' only")
    if new.name in known.releases and not new.replace:
        raise SimworthError(
            f"release {new.name!r} is in the catalogue of {new.database} already; choose another --name, "
            "or say --replace"
        )
    names = [file.name for file in new.files]
    if len(set(names)) != len(names):
        raise SimworthError(f"release {new.name!r}: two of its files have the same name; rename one")
    for file in new.files:
        if not file.is_file():
            raise SimworthError(f"file {file}: is not there")
        if file.name.startswith("."):
            raise SimworthError(f"file {file}: a name that begins with '.' would be hidden; rename it")


def _selection(settings: Settings, new: NewRelease, known: Catalogue) -> list[str]:
    """The releases selected from now on: measurements go before what is there, simulations take the place of others."""
    chosen = settings.databases.get(new.database)
    before = [name for name in chosen.releases if name != new.name] if chosen else []
    if get_reader(new.reader).role == "simulation":
        before = [name for name in before if get_reader(known.get(name, new.database).reader).role != "simulation"]
    return [new.name, *before]


def _may_push(project: Project, new: NewRelease, selected: Sequence[str]) -> bool:
    known = load_catalogue(project.catalogue(new.database))
    return all(known.releases[name].redistribute for name in selected)


@contextmanager
def _all_or_nothing(files: Sequence[Path], folder: Path) -> Iterator[None]:
    """Put files and folder back as they were if anything within fails."""
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    with tempfile.TemporaryDirectory() as kept:
        copy = Path(kept) / "folder"
        if folder.is_dir():
            shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            for path, content in before.items():
                path.unlink(missing_ok=True) if content is None else write_whole(path, content)
            shutil.rmtree(folder, ignore_errors=True)
            if copy.is_dir():
                shutil.copytree(copy, folder)
            raise


def _lay(new: NewRelease, folder: Path, kept: set[str]) -> None:
    """Only the selected releases' files stay in the folder; DVC's cache and git keep the others."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in kept and path.resolve() not in {file.resolve() for file in new.files}:
            path.unlink()
    for file in new.files:
        if (folder / file.name).resolve() != file.resolve():
            (folder / file.name).unlink(missing_ok=True)  # a link into DVC's cache must not be written through
            shutil.copyfile(file, folder / file.name)


def _catalogue(path: Path, new: NewRelease) -> None:
    yaml, content = _open(path)
    entry = {
        "date": new.date,
        "reader": new.reader,
        "licence": new.licence or ("" if new.redistribute else "private"),
        "citation": new.citation,
        "redistribute": new.redistribute,
        "units": dict(new.units),
        "files": [_described(file) for file in new.files],
    }
    content.setdefault("releases", CommentedMap())[new.name] = {
        key: value for key, value in entry.items() if value != ""
    }
    _save(yaml, content, path)


def _described(file: Path) -> dict[str, Any]:
    return {
        "name": file.name,
        "sha256": file_sha256(file),
        "md5": file_md5(file),
        "bytes": file.stat().st_size,
    }


def _select(path: Path, new: NewRelease, selected: Sequence[str]) -> None:
    yaml, content = _open(path)
    database = content["databases"].setdefault(new.database, CommentedMap())
    if "releases" not in database:
        database["releases"] = CommentedSeq()
        database["releases"].fa.set_flow_style()
    database["releases"][:] = list(selected)
    if not new.redistribute:
        database["redistribute"] = False
    settings_from(content, str(path))
    _save(yaml, content, path)


def _stop_push(pipeline: Path) -> None:
    text = pipeline.read_text(encoding="utf-8")
    write_whole(pipeline, re.sub(r"(?m)^([^#\n]*\bpush:[ ]*)true\b", r"\1false", text).encode())


def _open(path: Path) -> tuple[YAML, Any]:
    yaml = YAML()
    yaml.width = 4096
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml, yaml.load(path.read_text(encoding="utf-8")) if path.is_file() else CommentedMap()


def _save(yaml: YAML, content: Any, path: Path) -> None:
    buffer = io.StringIO()
    yaml.dump(content, buffer)
    write_whole(path, buffer.getvalue().encode())
