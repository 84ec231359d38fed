"""Adding a user's release: checked first, refused whole if it does not pass, and written all or nothing."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from simworth.config import Settings, settings_from
from simworth.data.catalogue import Catalogue, Upstream, load_catalogue
from simworth.data.dvc_project import dvc_file, ignore, track
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.private import VARIABLES, direct_outputs, mark_snapshot
from simworth.data.project import Project, alone
from simworth.data.readers import TableMapping, role_of
from simworth.digests import file_md5, file_sha256
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.signals import ended_by, interrupt
from simworth.yaml_files import edited, yaml_text


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
    table: TableMapping | None = None
    """where the files hold what, for reader `table`"""
    replace: bool = False
    """True: a release of this name may exist; this one takes its place"""
    succeeds: str = ""
    """selected release whose place in the selection this one takes"""
    upstream: Upstream | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    """name of a file -> https address of exactly this state"""


@alone
def add_release(
    project: Project, new: NewRelease, say: Callable[[str], None], accept: Callable[[ReleaseRead], None] | None = None
) -> ReleaseRead:
    """Check, copy, catalogue, select and track a release; SimworthError, and nothing changed, where any step fails.

    `accept` is given what was read before anything is written, and raises where it is not to be taken.
    """
    settings = project.settings()
    path = project.catalogues / new.database
    known = load_catalogue(path) if path.is_dir() else Catalogue(path, {})
    _refuse_names(new, known)
    read = read_files(settings, new.name, new.reader, new.files, dict(new.units), new.table)
    if accept:
        accept(read)
    selected = _selection(settings, new, known)
    kept = {file.name for name in selected if name != new.name for file in known.get(name, new.database).files}
    if clash := sorted(kept & {file.name for file in new.files}):
        raise SimworthError(f"file {clash[0]!r}: another selected release has a file of this name; rename yours")
    say(f"release {new.name!r} passed; writing it into {project.raw / new.database}")
    folder = project.raw / new.database
    entry = path / f"{new.name}.yaml"
    root = project.pipeline.parent
    files = [project.params, entry, project.pipeline, root / VARIABLES, root / ".dvc" / "config"]
    files += [
        folder.parent / ".gitignore",
        *(dvc_file(project.raw / name) for name in {*settings.databases, new.database}),
    ]
    try:
        with _all_or_nothing(files, folder):
            _lay(new, folder, kept)
            write_whole(entry, yaml_text(_entry(new)).encode())
            select_releases(project.params, new.database, selected, together=_together(settings, new.database))
            private = direct_outputs(project)
            track(folder)  # DVC reads dvc.yaml, which must know where the outputs of a new database may go
            mark_snapshot(folder, new.database in private)
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
            "or pass --replace"
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
    """The releases selected from now on: measurements go before what is there, simulations take the place of others
    unless the database keeps releases together."""
    chosen = settings.databases.get(new.database)
    before = [name for name in chosen.releases if name != new.name] if chosen else []
    if new.succeeds in before:
        return [new.name if name == new.succeeds else name for name in before]
    if role_of(new.reader, new.table) == "simulation" and not _together(settings, new.database):
        releases = {name: known.get(name, new.database) for name in before}
        before = [name for name, one in releases.items() if role_of(one.reader, one.table) != "simulation"]
    return [new.name, *before]


def _together(settings: Settings, database: str) -> bool:
    return database in settings.databases and settings.databases[database].together


@contextmanager
def _all_or_nothing(files: Sequence[Path], folder: Path) -> Iterator[None]:
    """Put files and folder back as they were if anything within fails."""
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    with tempfile.TemporaryDirectory() as kept, ended_by(interrupt):
        copy = Path(kept) / "folder"
        if folder.is_dir():
            shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            with ended_by(signal.SIG_IGN):
                for path, content in before.items():
                    path.unlink(missing_ok=True) if content is None else write_whole(path, content)
                shutil.rmtree(folder, ignore_errors=True)
                if copy.is_dir():
                    shutil.copytree(copy, folder)
            raise


def _lay(new: NewRelease, folder: Path, kept: set[str]) -> None:
    """Only the selected releases' files stay in the folder; DVC's cache and git keep the others."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore(folder)
    for path in folder.iterdir():
        if path.name not in kept and path.resolve() not in {file.resolve() for file in new.files}:
            path.unlink()
    for file in new.files:
        if (folder / file.name).resolve() != file.resolve():
            (folder / file.name).unlink(missing_ok=True)  # a link into DVC's cache must not be written through
            shutil.copyfile(file, folder / file.name)


def _entry(new: NewRelease) -> dict[str, JsonValue]:
    """What the catalogue says of the release."""
    entry: dict[str, JsonValue] = {
        "date": new.date,
        "reader": new.reader,
        "licence": new.licence or ("" if new.redistribute else "private"),
        "citation": new.citation,
        "redistribute": new.redistribute,
        "units": {**new.units},
        "table": new.table.model_dump(mode="json", exclude_defaults=True) if new.table else "",
        "upstream": new.upstream.model_dump(mode="json", exclude_defaults=True) if new.upstream else "",
        "files": [_described(file, new.urls.get(file.name, "")) for file in new.files],
    }
    return {key: value for key, value in entry.items() if value not in ("", {})}


def _described(file: Path, url: str) -> dict[str, JsonValue]:
    return {
        "name": file.name,
        **({"url": url} if url else {}),
        "sha256": file_sha256(file),
        "md5": file_md5(file),
        "bytes": file.stat().st_size,
    }


@alone
def select(project: Project, database: str, releases: Sequence[str], *, together: bool = False) -> list[str]:
    """Select releases of the catalogue, in order of precedence, or `together`; what they are called here.

    OTHER/RELEASE is a release of another database: this one gets a copy of its entry, and of its files where they are.
    SimworthError where the catalogue lacks a release.
    """
    releases = [_taken_over(project, database, *name.split("/", 1)) if "/" in name else name for name in releases]
    if len(set(releases)) != len(releases):
        raise SimworthError(f"databases.{database}.releases: {', '.join(releases)} names a release twice")
    known = load_catalogue(project.catalogues / database)
    files: dict[str, str] = {}
    for name in releases:
        for file in known.get(name, f"databases.{database}.releases").files:
            if file.name in files:
                raise SimworthError(f"releases {files[file.name]!r} and {name!r} both hold {file.name}; select one")
            files[file.name] = name
    select_releases(project.params, database, releases, together=together)
    return list(releases)


def _taken_over(project: Project, database: str, other: str, release: str) -> str:
    """Name that a release of another database has in this one."""
    folder, name = project.catalogues / other, f"{other}-{release}"
    entry = load_catalogue(folder).get(release, f"databases.{database}.releases")
    copied, held_in = project.catalogues / database / f"{name}.yaml", project.settings().databases.get(other)
    write_whole(copied, (folder / f"{release}.yaml").read_bytes())
    if held_in and not held_in.redistribute:
        with edited(copied) as content:
            content["redistribute"] = False
    for file in entry.files:
        here, there = project.raw / database / file.name, project.raw / other / file.name
        if there.is_file() and not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(there, here)
    return name


def select_releases(params: Path, database: str, selected: Sequence[str], *, together: bool) -> None:
    """Write the selection of a database into params.yaml, in order of precedence or `together`."""
    with edited(params) as content:
        chosen = content["databases"].setdefault(database, CommentedMap())
        if "releases" not in chosen:
            chosen["releases"] = CommentedSeq()
            chosen["releases"].fa.set_flow_style()
        chosen["releases"][:] = list(selected)
        if together:
            chosen["together"] = True
        else:
            chosen.pop("together", None)
        settings_from(content, str(params))
