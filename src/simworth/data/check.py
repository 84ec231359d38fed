"""Read releases and say what the quality report would say, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from simworth.config import Settings, load_settings
from simworth.data.catalogue import load_catalogue
from simworth.data.ingest import ReleaseRead, read_files, read_release
from simworth.data.propose import propose
from simworth.data.quality import in_words
from simworth.data.readers import READERS, TableMapping
from simworth.errors import SimworthError, did_you_mean

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
