"""Read releases and say what the quality report would say, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from simworth.config import Settings, load_settings
from simworth.data.catalogue import Release, load_catalogue
from simworth.data.ingest import ReleaseRead, read_files, read_release
from simworth.data.propose import propose
from simworth.data.quality import in_words
from simworth.data.readers import READERS, TableMapping
from simworth.errors import SimworthError, did_you_mean
from simworth.terminal import table

EXPORTS: Final = {"polyinfo": "polyinfo"}
"""database -> reader of what users bring, where it is not that of the selected release"""


def check(
    settings: Settings,
    database: str,
    files: Sequence[Path],
    reader: str,
    units: Mapping[str, str],
    catalogues: Path,
    raw: Path,
    table: TableMapping | None = None,
) -> str:
    """The account of `files`, or of the selected releases of `database` where none are given, in words."""
    if files:
        for path in files:
            if not path.is_file():
                raise SimworthError(f"file {path}: is not there")
        if not table and not reader and database not in settings.databases and database not in EXPORTS:
            return "\n".join(propose(path, settings, database).text for path in files)
        chosen = "table" if table else reader or _reader_of(settings, catalogues, database)
        return _words(read_files(settings, files[0].stem, chosen, files, dict(units), table))
    if database not in settings.databases:
        raise SimworthError(f"databases: no {database!r} in params.yaml{did_you_mean(database, settings.databases)}")
    known = load_catalogue(catalogues / database)
    names = settings.databases[database].releases
    return "\n".join(
        _words(read_release(settings, name, known.get(name, f"databases.{database}.releases"), raw / database))
        for name in names
    )


def default_reader(params: Path, catalogues: Path, database: str) -> str:
    """The reader that files of `database` most likely need."""
    return _reader_of(load_settings(params), catalogues, database)


def _reader_of(settings: Settings, catalogues: Path, database: str) -> str:
    if database in EXPORTS:
        return EXPORTS[database]
    if database in settings.databases:
        name = settings.databases[database].releases[0]
        return load_catalogue(catalogues / database).get(name, f"databases.{database}.releases").reader
    raise SimworthError(f"database {database!r} is new: pass --reader, one of {', '.join(READERS)}")


def _words(read: ReleaseRead) -> str:
    return in_words([(read.name, read.account)])


_HEADER = ("database", "release", "date", "selected", "here", "licence", "redistribute")


def list_releases(settings: Settings, catalogues: Path, raw: Path) -> str:
    """Every release in every catalogue as an aligned table."""
    paths = sorted(path for path in catalogues.glob("*") if path.is_dir())
    if not paths:
        raise SimworthError(f"folder {catalogues}: holds no catalogue; run in the project's root")
    rows: list[tuple[str, ...]] = []
    for path in paths:
        chosen = settings.databases.get(path.name)
        selected = list(chosen.releases) if chosen else []
        for name, release in load_catalogue(path).releases.items():
            rank = str(selected.index(name) + 1) if name in selected else "-"
            here = _here(release, raw / path.name)
            may = "yes" if release.redistribute else "no"
            rows.append((path.name, name, release.date or "?", rank, here, release.licence or "?", may))
    return table(_HEADER, rows)


def _here(release: Release, folder: Path) -> str:
    """By size, which tells releases apart well enough for a list; fetch checks hashes."""
    sizes = [(folder / file.name).stat().st_size if (folder / file.name).is_file() else -1 for file in release.files]
    return "yes" if sizes == [file.bytes for file in release.files] else "no"


def next_steps(database: str, name: str, private: bool) -> str:
    """The commands that take a new release from the folder into the history."""
    tag = f"{database}-{name}"
    push = (
        "dvc push          # what may not be redistributed goes to the remote 'private' alone"
        if private
        else "dvc push"
    )
    return "\n".join(
        [
            f"release {name} of {database} is in place and selected. Next:",
            "  dvc repro",
            "  git add -A data params.yaml dvc.yaml dvc.lock .dvc reports",
            f'  git commit -m "{database}: release {name}"',
            f"  git tag {tag}",
            f"  {push}",
            f"  dvc metrics diff OLD {tag}      # OLD: the tag or commit before",
            *(["After a task is added or removed: simworth release fetch, before dvc repro."] if private else []),
            "dvc gc -w without -T would delete earlier releases from the cache.",
        ]
    )
