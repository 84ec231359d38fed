"""A CSV file as text, record by record: nothing guessed, and every record that is not one is counted."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from simworth.errors import SimworthError

_WORDS_FOR_NOTHING = [
    form for word in ("", "-", "nan", "na", "n/a", "none", "null") for form in (word, word.upper(), word.title())
] + ["NaN"]


@dataclass(frozen=True)
class RawTable:
    """The records of one file."""

    frame: pd.DataFrame
    """chosen columns as text, stripped, plus `file` (name) and `row` (1-based line, header counted)"""
    records: int
    """records in the file, broken ones included"""
    broken: list[tuple[int, str]]
    """(line, text) of each record with too few or too many fields, left out of `frame`"""
    notes: list[str]
    """what a reader of the quality report should know"""


def read_csv(path: Path, needed: Sequence[str], optional: Sequence[str] = (), numbers: Sequence[str] = ()) -> RawTable:
    """Columns `needed` and, where there, `optional` of a UTF-8 CSV file (.gz allowed), every cell as text.

    A file without a last line break may have been cut: where its last column is one of `numbers`, a cut would
    change a value unseen, so the last record counts as broken. Raises SimworthError for what is no such table:
    empty, another encoding, missing or doubled columns, quotes that do not close.
    """
    content = _content(path)
    header = _header(path, content)
    columns = _columns(path, header, needed, optional)
    broken: list[tuple[int, str]] = []
    table = _parsed(path, content, columns, broken)
    lines = _lines(path, content, table.num_rows, broken)
    trimmed = [compute.utf8_trim_whitespace(table[column]) for column in columns]
    frame = pa.table(trimmed, names=columns).to_pandas().astype(object)
    bad = {line for line, _ in broken}
    starts = [line for line in lines if line not in bad] if bad else lines
    frame["file"] = path.name
    frame["row"] = starts
    notes = []
    if not content.endswith((b"\n", b"\r")):
        notes.append(f"file {path.name!r}: does not end with a line break; was it cut?")
        if header[-1] in numbers and len(frame) and starts[-1] == lines[-1]:
            broken.append((lines[-1], content.splitlines()[-1].decode("utf-8")))
            frame = frame[:-1]
    return RawTable(frame, len(lines), broken, notes)


def is_empty(cells: pd.Series) -> pd.Series:
    """Which cells of text hold nothing: '', nan, NA, None, null, -."""
    return cells.isin(_WORDS_FOR_NOTHING)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise SimworthError(f"file {path.name!r}: cannot be read ({error}); fetch it again") from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content or content.isspace():
        raise SimworthError(f"file {path.name!r}: is empty; a header and at least one record are needed")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SimworthError(
            f"file {path.name!r}: line {line} is not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8"
        ) from None
    if b"\x00" in content:
        line = content.count(b"\n", 0, content.index(b"\x00")) + 1
        raise SimworthError(f"file {path.name!r}: line {line} holds a NUL byte; it is no CSV, save it as UTF-8 CSV")
    return content


def _header(path: Path, content: bytes) -> list[str]:
    text = content[: 1 << 20].decode("utf-8", errors="ignore")
    try:
        return next(record for record in csv.reader(io.StringIO(text, newline=None)) if record)
    except (csv.Error, StopIteration) as error:
        raise SimworthError(f"file {path.name!r}: header cannot be read ({error})") from None


def _columns(path: Path, header: list[str], needed: Sequence[str], optional: Sequence[str]) -> list[str]:
    shown = ", ".join(repr(name[:40]) for name in header[:12]) + (", ..." if len(header) > 12 else "")
    for name in needed:
        if name not in header:
            raise SimworthError(
                f"file {path.name!r}: column {name!r} is missing; its columns are: {shown}; "
                f"rename the right one to {name}"
            )
    chosen = [name for name in (*needed, *optional) if name in header]
    for name in chosen:
        if header.count(name) > 1:
            raise SimworthError(
                f"file {path.name!r}: column {name!r} occurs {header.count(name)} times; keep the one that is meant"
            )
    return chosen


def _parsed(path: Path, content: bytes, columns: list[str], broken: list[tuple[int, str]]) -> pa.Table:
    def note(record: arrow_csv.InvalidRow) -> str:
        broken.append((record.number, record.text))
        return "skip"

    try:
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=max(1 << 24, len(content) // 8)),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=columns,
                column_types={name: pa.string() for name in columns},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        raise SimworthError(f"file {path.name!r}: is not a CSV table ({' '.join(str(error).split())})") from None


def _lines(path: Path, content: bytes, good: int, broken: list[tuple[int, str]]) -> list[int]:
    """First line of every record after the header; `broken` is renumbered from records to lines in place."""
    count = good + len(broken)
    ends = content.count(b"\n") + (not content.endswith(b"\n"))
    if ends == count + 1:
        return list(range(2, count + 2))
    csv.field_size_limit(1 << 30)  # lists of numbers in a cell may be long
    starts, before = [], 0
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=None))
    try:
        for record in reader:
            if record:
                starts.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise SimworthError(f"file {path.name!r}: line {reader.line_num} cannot be read ({error})") from None
    if len(starts) != count + 1:
        raise SimworthError(
            f"file {path.name!r}: its quotes do not match, so that records cannot be told apart; save it as CSV again"
        )
    broken[:] = [(starts[number - 1], text) for number, text in broken]
    return starts[1:]
