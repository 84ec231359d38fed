"""What an entry of the ledger holds.

Format 2 is written; format 1 (ten significant digits, no `corrects`) is read, never rewritten.
"""

from __future__ import annotations

from typing import Final

import pandas as pd
from pydantic import JsonValue

from simworth.data.records import Snapshot
from simworth.digests import table_digest
from simworth.records import Record
from simworth.valuation.pieces import Bound, Sized
from simworth.valuation.records import Valued

FORMAT: Final = 2
"""of a new entry; raised when its meaning changes"""


class Code(Record):
    """The revision of the code; information, not checked."""

    revision: str
    dirty: bool
    """whether tracked files differed from it"""


class FitSettings(Record):
    """How the law was fitted."""

    level: float
    law_version: str
    laws: tuple[str, ...] = ()
    """registered laws fitted beside the study's; () for those of the package"""


class Tables(Record):
    """Digests of the tables that the law was fitted on (`simworth.digests.table_digest`)."""

    trials: str
    predictions: str

    @classmethod
    def of(cls, trials: pd.DataFrame, predictions: pd.DataFrame) -> Tables:
        return cls(trials=table_digest(trials), predictions=table_digest(predictions))


class Measurements(Record):
    """What the errors were measured on."""

    md5: str
    """DVC's, of the target database's files"""
    materials: int
    digest: str
    """of the values that were tested"""


class Ahead(Record):
    """An error that had been forecast."""

    mae: float
    low: Bound
    high: Bound


class Outcome(Record):
    """What the entry before had forecast for this n and whether it came true, or why that cannot be said."""

    before: str
    """file name of the task's entry before"""
    kind: str
    """forecast | beyond the forecasts | protocol changed | measurements changed | composition changed | no larger n"""
    text: str
    n: int | None = None
    forecast: Ahead | None = None
    """interval for these materials only, since both releases are tested on the same"""
    judged: Ahead | None = None
    """the same with the interval that the new mean, which has an error of its own, was to fall into; null before law
    4, whose outcomes were judged by `forecast`"""
    mae: float | None = None
    """the error that came"""
    inside: bool | None = None
    score: float | None = None
    """interval score of the log error (smaller is better): width, and 2 / (1 - level) times what lies outside"""


class LedgerEntry(Record):
    """One valuation of one task: immutable, and chained to the entry before."""

    format: int
    seq: int
    task: str
    digest: str
    """of trial table, predictions, fit settings and law version"""
    previous: str | None
    """hash of the entry before, null for the first"""
    merges: tuple[str, ...]
    """hashes of further entries that this one follows, where branches were merged"""
    time: str
    """when it was made, ISO 8601, UTC"""
    code: Code | None
    packages: dict[str, str]
    """name -> version"""
    releases: dict[str, Snapshot]
    """database -> its state"""
    settings: FitSettings
    tables: Tables
    protocol: dict[str, JsonValue]
    """what must stay the same for a fair forecast: seed, engine, the task's settings"""
    measurements: Measurements
    composition: dict[str, int]
    """class -> simulated materials; empty where classes are unknown"""
    n_max: int
    valuation: Valued
    frozen: tuple[Sized, ...]
    """forecasts at n_max 2^(j / 4), j = 0 ... 16"""
    frozen_these_materials_only: tuple[Sized, ...]
    outcome: Outcome | None = None
    corrects: tuple[str, ...] = ()
    """what it corrects of the task's entry before it, a sentence each"""
    hash: str = ""
    """SHA-256 of everything else"""

    @property
    def engine(self) -> int:
        """Version of the engine that trained the trials."""
        found = self.protocol.get("engine", 0)
        return found if isinstance(found, int) else 0
