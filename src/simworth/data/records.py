"""What ingest leaves for the report, the ledger and MLflow: data/quality/<database>.json, typed."""

from __future__ import annotations

from pydantic import Field

from simworth.records import Record


class Example(Record):
    """Where the first of some values stands, and what it is."""

    file: str
    row: int
    """1-based line of the record, header counted"""
    column: str
    value: str
    """as the file writes it, cut at 80 characters"""


class LeftOut(Record):
    """Values left out for one reason."""

    reason: str
    values: int
    rows: int
    example: Example


class PropertyCounts(Record):
    """One property's accepted values, and the noise of their replicates."""

    rows: int
    """accepted values"""
    materials: int
    materials_measured_again: int
    """materials with more than one value"""
    not_converged: int
    """values of simulations that did not converge"""
    replicates: int
    median_relative_spread: float | None
    """median over materials of (standard deviation between replicates / |value|); None where there are none"""
    roles: dict[str, int]
    """simulation | experiment -> values"""


class HeldProperty(PropertyCounts):
    """One property of a database's clean table."""

    release: str
    """names of the releases that it was taken from, joined by ', '"""
    unit: str


class ReleaseQuality(Record):
    """One release's account."""

    rows_read: int
    """records in the files, headers not counted"""
    rows_kept: int
    """records of which a value was accepted"""
    rows_repeated: int
    """records that repeat another one in every column that is read"""
    rows_broken: int
    """records with too few or too many fields"""
    rows_without_values: int
    """records that hold no value of any known property"""
    rows_lost: int
    """records all of whose values were left out"""
    values_read: int
    values_kept: int
    dropped: tuple[LeftOut, ...]
    properties: dict[str, PropertyCounts]
    classes: dict[str, int]
    """class -> materials of it, the largest first"""
    units: dict[str, str]
    """'property: unit in the file' -> unit stored"""
    notes: tuple[str, ...]
    kind: str = ""
    """a registered kind of material; '' in reports of older versions"""
    date: str = ""
    reader: str = ""
    licence: str = ""
    citation: str = ""
    redistribute: bool = True
    passed_over: dict[str, int] = Field(default_factory=dict)
    """property -> values that a release before it already held"""


class SnapshotFile(Record):
    """One file of a database's folder."""

    name: str
    md5: str
    rows: int | None
    """records in it; None where no reader counts them"""


class Snapshot(Record):
    """The state of a database's folder: what a valuation names as its data."""

    md5: str
    """DVC's, '<32 hex digits>.dir'"""
    files: tuple[SnapshotFile, ...]


class QualityReport(Record):
    """data/quality/<database>.json: what was read, kept and left out, and why."""

    made_by = "dvc repro ingest"

    database: str
    snapshot: Snapshot
    properties: dict[str, HeldProperty]
    """of the clean table"""
    releases: dict[str, ReleaseQuality]
    """by name, in order of precedence"""
