"""One database's selected releases -> its clean table and its quality report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simworth.config import Settings
from simworth.data.catalogue import Release, Selection
from simworth.data.clean import check_candidates, check_clean, clean_values
from simworth.data.private import refuse_push
from simworth.data.quality import Tally, account, of_property
from simworth.data.readers import READERS, Context, TableMapping, role_of
from simworth.data.records import HeldProperty, QualityReport, ReleaseQuality, Snapshot, SnapshotFile
from simworth.digests import file_md5, file_sha256, folder_files, snapshot_md5
from simworth.errors import SimworthError, did_you_mean


@dataclass(frozen=True)
class Ingested:
    """What the ingest stage writes."""

    clean: pd.DataFrame
    """records.CLEAN_COLUMNS, sorted by property, file and row"""
    quality: QualityReport


@dataclass(frozen=True)
class ReleaseRead:
    """One release, read and judged."""

    name: str
    clean: pd.DataFrame
    """accepted values, records.CLEAN_COLUMNS"""
    tally: Tally
    kind: str
    """of its materials"""

    @property
    def account(self) -> ReleaseQuality:
        """Its part of the quality report."""
        return account(self.tally, self.clean, self.kind)


def ingest(settings: Settings, database: str, raw: Path, selection: Selection, pipeline: Path) -> Ingested:
    """Read the selected releases of `database` (data/selected/<database>.json) from the folder `raw`.

    A property of a role is taken whole from the first selected release that holds it, or from all of them where the
    database keeps them together. Raises SimworthError where a
    file is missing or not the catalogue's, cannot be read or believed, or where `pipeline` (dvc.yaml) would push
    what may not be redistributed.
    """
    if database not in settings.databases:
        raise SimworthError(f"databases: no {database!r} in params.yaml{did_you_mean(database, settings.databases)}")
    releases = selection.releases
    if not (selection.redistribute and settings.databases[database].redistribute):
        refuse_push(settings, database, raw, pipeline)
    read = [read_release(settings, name, release, raw) for name, release in releases.items()]
    clean, passed_over = _whole_properties(read, together=settings.databases[database].together)
    clean = check_clean(clean)
    return Ingested(clean, _report(database, raw, releases, read, clean, passed_over, settings))


def read_release(settings: Settings, name: str, release: Release, folder: Path) -> ReleaseRead:
    """Check a release's files against the catalogue, read and clean them."""
    paths = [folder / file.name for file in release.files]
    for path, file in zip(paths, release.files, strict=True):
        if not path.is_file():
            raise SimworthError(f"release {name!r}: file {path} is missing; run `simworth release fetch`")
        got = file_sha256(path)
        if got != file.sha256:
            raise SimworthError(
                f"release {name!r}: file {path} has sha256 {got}, the catalogue says {file.sha256}; "
                "bring the right file with `simworth release fetch` or add yours with `simworth release add`"
            )
    whole = all(file.url for file in release.files)
    return read_files(settings, name, release.reader, paths, release.units, release.table, whole=whole)


def read_files(
    settings: Settings,
    name: str,
    reader: str,
    paths: Sequence[Path],
    units: dict[str, str],
    table: TableMapping | None = None,
    *,
    whole: bool = False,
) -> ReleaseRead:
    """Read and clean files with a named reader, for reader `table` by a mapping; nothing is written. `whole`: they are
    known to be as their origin has them."""
    for prop in units:
        if prop not in settings.properties and prop != "temperature":
            raise SimworthError(
                f"release {name!r}: unit of {prop!r}: no such property{did_you_mean(prop, settings.properties)}"
            )
    tally = Tally(confirmed=frozenset(units))
    try:
        chosen = READERS[reader]
        context = Context(settings.properties, units, tally, role_of(reader, table), table, whole)
        found = check_candidates(chosen.read(paths, context), reader)
        kind = table.kind if table else chosen.kind
        clean = clean_values(found, kind, name, settings.properties, tally)
    except SimworthError as error:
        raise SimworthError(f"release {name!r}: {error}") from None
    return ReleaseRead(name, clean, tally, kind)


def _whole_properties(read: Sequence[ReleaseRead], *, together: bool) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """Each property of a role from the first release that holds it, or from all; what was passed over is counted by
    release."""
    taken: set[str] = set()
    parts, passed_over = [], {}
    for one in read:
        keys = one.clean["role"] + " " + one.clean["property"]
        over = keys.isin(taken)
        passed_over[one.name] = {
            str(prop): int(count) for prop, count in one.clean[over]["property"].value_counts().sort_index().items()
        }
        parts.append(one.clean[~over])
        taken |= set() if together else set(keys)
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True), passed_over


def _report(
    database: str,
    raw: Path,
    releases: dict[str, Release],
    read: Sequence[ReleaseRead],
    clean: pd.DataFrame,
    passed_over: dict[str, dict[str, int]],
    settings: Settings,
) -> QualityReport:
    rows = {name: count for one in read for name, count in one.tally.files.items()}
    files = tuple(
        SnapshotFile(name=path.relative_to(raw).as_posix(), md5=file_md5(path), rows=rows.get(path.name))
        for path in folder_files(raw)
    )
    held = {
        str(prop): HeldProperty(
            release=", ".join(sorted(set(part["release"]))),
            unit=settings.properties[str(prop)].unit,
            **dict(of_property(part)),
        )
        for prop, part in clean.groupby("property", sort=True)
    }
    return QualityReport(
        database=database,
        snapshot=Snapshot(md5=snapshot_md5(raw), files=files),
        properties=held,
        releases={one.name: _account(one, releases[one.name], passed_over[one.name]) for one in read},
    )


def _account(read: ReleaseRead, release: Release, passed_over: dict[str, int]) -> ReleaseQuality:
    said = {name: getattr(release, name) for name in ("date", "reader", "licence", "citation", "redistribute")}
    return read.account.model_copy(update={**said, "passed_over": passed_over})
