"""Tables as text, record by record, from CSV, Excel or parquet; malformed records are counted."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from simworth.data.containers import as_csv
from simworth.data.mapping import PLAIN, TableMapping
from simworth.errors import SimworthError, did_you_mean

_WORDS_FOR_NOTHING = [
    form for word in ("", "-", "nan", "na", "n/a", "none", "null") for form in (word, word.upper(), word.title())
] + ["NaN"]

_SEPARATORS = (",", ";", "\t", "|")
_FEW = 10
"""numbers of a column that show how many decimals it is written with"""


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


def read_csv(
    path: Path,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    numbers: Sequence[str] = (),
    form: TableMapping = PLAIN,
    *,
    whole: bool = False,
) -> RawTable:
    """Columns `needed` and, where there, `optional` of a table, every cell as text.

    CSV (plain, .gz, the only one in a .tar.xz), Excel workbooks and parquet. Names of columns may differ in capitals.

    A file without a last line break may have been cut, unless it is known to be `whole`: where its last column is one
    of `numbers`, a cut would change a value unseen, so the last record counts as broken if it may be one; so does a
    record that a line with a single cell follows, which a line break may have torn. Raises SimworthError for what is
    no such table: empty, another encoding, missing or doubled columns, quotes that do not close.
    """
    content = _content(path, form)
    wanted = {columns_name(name) for name in needed}
    separator = form.separator or _separator(content, lambda cells: wanted <= set(map(columns_name, cells))) or ","
    header = _header(path, content, separator)
    columns = _columns(path, header, needed, optional, form)
    broken: list[tuple[int, str]] = []
    fields: list[int] = []
    table = _parsed(path, content, list(columns.values()), separator, broken, fields)
    lines = _lines(path, content, table.num_rows, separator, broken)
    trimmed = [compute.utf8_trim_whitespace(table[place]) for place in range(table.num_columns)]
    frame = pa.table(trimmed, names=list(columns)).to_pandas().astype(object)
    notes = _point_decimals(frame, [name for name in numbers if name in frame], separator, form.decimal)
    bad = {line for line, _ in broken}
    starts = [line for line in lines if line not in bad] if bad else lines
    frame["file"] = path.name
    frame["row"] = starts
    last = next((name for name in numbers if columns_name(name) == columns_name(header[-1])), "")
    if last and bad:
        torn = frame["row"].isin([line - 1 for line, text in broken if separator not in text])
        broken += [
            (line, f"{cell} and a line break") for line, cell in frame.loc[torn, ["row", last]].itertuples(index=False)
        ]
        frame = frame[~torn].reset_index(drop=True)
        starts = list(frame["row"])
    if not (whole or content.endswith((b"\n", b"\r"))):
        notes.append(f"file {path.name!r}: does not end with a line break; was it cut?")
        if last and len(frame) and starts[-1] == lines[-1] and _may_be_cut(frame[last]):
            broken.append((lines[-1], content.splitlines()[-1].decode("utf-8")))
            frame = frame[:-1]
    if broken:
        many = len(fields) == len(broken) and min(fields) > len(header)
        wrong = "with too many fields" if many else "cut off or with too few or too many fields"
        (line, text), count = broken[0], f"{len(broken)} of {len(lines)}"
        notes.append(f"file {path.name!r}: {count} records {wrong}, first: row {line}, {text.strip()[:60]!r}")
    return RawTable(frame, len(lines), broken, notes)


def _may_be_cut(cells: pd.Series) -> bool:
    """Whether the last number may lack digits: not where all have as many decimals, since a cut one has fewer."""
    decimals = {len(found[1]) if (found := re.fullmatch(r"[+-]?\d*\.(\d+)", cell)) else 0 for cell in cells}
    return len(cells) < _FEW or len(decimals) > 1 or decimals == {0}


def is_empty(cells: pd.Series) -> pd.Series:
    """Which cells of text hold nothing: '', nan, NA, None, null, -."""
    return cells.isin(_WORDS_FOR_NOTHING)


def columns_name(name: str) -> str:
    """What two spellings of a column's name have in common."""
    return name.strip().casefold()


def _content(path: Path, form: TableMapping) -> bytes:
    content = as_csv(path, form.sheet)
    if form.encoding.lower() not in ("utf-8", "utf8"):
        try:
            content = content.decode(form.encoding).encode()
        except (UnicodeDecodeError, LookupError) as error:
            raise SimworthError(f"file {path.name!r}: is not {form.encoding} text ({error})") from None
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
    return _with_header(content, form)


def _with_header(content: bytes, form: TableMapping) -> bytes:
    """Comment lines emptied, so that records keep their lines; a given header in the place of the first, or before."""
    if not form.comment and not form.header:
        return content
    mark, lines = form.comment.encode(), content.split(b"\n")
    empty = [number for number, line in enumerate(lines) if mark and line.lstrip().startswith(mark)]
    for number in empty:
        lines[number] = b""
    if form.header:
        records = b"\n".join(lines)
        found = _separator(records, lambda cells: len(cells) == len(form.header))
        separator = form.separator or found or max(_SEPARATORS, key=_first_line(records).count)
        written = io.StringIO()
        csv.writer(written, delimiter=separator, lineterminator="").writerow(form.header)
        if empty and not any(line.strip() for line in lines[: empty[0]]):
            lines[empty[0]] = written.getvalue().encode()
        else:
            lines.insert(0, written.getvalue().encode())
    return b"\n".join(lines)


def _separator(content: bytes, fits: Callable[[list[str]], bool]) -> str:
    """The first separator by which the cells of the first line fit, '' where none does."""
    line = _first_line(content)

    def splits(separator: str) -> bool:
        try:
            return fits(next(csv.reader([line], delimiter=separator), []))
        except csv.Error:
            return False

    return next(filter(splits, _SEPARATORS), "")


def _first_line(content: bytes) -> str:
    """The first line that is not empty."""
    lines = content[: 1 << 20].decode("utf-8", errors="ignore").splitlines()
    return next((line for line in lines if line.strip()), "")


def _point_decimals(frame: pd.DataFrame, numbers: Sequence[str], separator: str, decimal: str) -> list[str]:
    """Decimal commas of columns of numbers as points, in place; what this changed, as notes.

    Unless they are declared, commas are taken for decimal ones only where commas do not separate cells, no cell has
    a point, and they could not all be groups of thousands.
    """
    if decimal == "." or (separator == "," and not decimal) or not numbers:
        return []
    cells = pd.concat([frame[name] for name in numbers])
    commas = cells[cells.str.fullmatch(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")]
    groups = commas.str.fullmatch(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
    if commas.empty or (decimal != "," and (cells.str.contains(r"\d\.\d").any() or groups.all())):
        return []
    for name in numbers:
        frame[name] = frame[name].str.replace(",", ".", regex=False)
    return [f"{len(commas)} numbers with a decimal comma, such as {commas.iloc[0]}"]


def _header(path: Path, content: bytes, separator: str) -> list[str]:
    text = content[: 1 << 20].decode("utf-8", errors="ignore")
    try:
        return next(record for record in csv.reader(io.StringIO(text, newline=None), delimiter=separator) if record)
    except (csv.Error, StopIteration) as error:
        raise SimworthError(f"file {path.name!r}: header cannot be read ({error})") from None


def _columns(
    path: Path, header: list[str], needed: Sequence[str], optional: Sequence[str], form: TableMapping
) -> dict[str, str]:
    """Name -> name as the header writes it: exactly, or with other capitals where only one column is so called."""
    shown = ", ".join(repr(name[:40]) for name in header[:12]) + (", ..." if len(header) > 12 else "")
    chosen = {}
    for name in dict.fromkeys((*needed, *optional)):
        alike = [one for one in header if columns_name(one) == columns_name(name)]
        exact = [one for one in alike if one == name] or alike
        if not exact and name in needed:
            near = did_you_mean(name, header) if difflib.get_close_matches(name, header, n=1) else ""
            remedy = "name the right one in the mapping"
            if form is PLAIN:
                remedy = f"rename the right one to {name}, or read the file by a mapping"
                remedy += " (`simworth release check` proposes one)"
            raise SimworthError(
                f"file {path.name!r}: column {name!r} is missing{near}; its columns are: {shown}; {remedy}"
            )
        if len(exact) > 1:
            raise SimworthError(
                f"file {path.name!r}: column {name!r} occurs {len(exact)} times; keep the one that is meant"
            )
        if exact:
            chosen[name] = exact[0]
    return chosen


def _parsed(
    path: Path, content: bytes, columns: list[str], separator: str, broken: list[tuple[int, str]], fields: list[int]
) -> pa.Table:
    """The records that are as long as the header; of others number and text go into `broken`, lengths into `fields`."""

    def note(record: arrow_csv.InvalidRow) -> str:
        broken.append((record.number, record.text))
        fields.append(record.actual_columns)
        return "skip"

    try:
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=max(1 << 24, len(content) // 8)),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=columns,
                column_types={name: pa.string() for name in columns},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        raise SimworthError(f"file {path.name!r}: is not a CSV table ({' '.join(str(error).split())})") from None


def _lines(path: Path, content: bytes, good: int, separator: str, broken: list[tuple[int, str]]) -> list[int]:
    """First line of every record after the header; `broken` is renumbered from records to lines in place."""
    count = good + len(broken)
    ends = content.count(b"\n") + (not content.endswith(b"\n"))
    if ends == count + 1:
        return list(range(2, count + 2))
    csv.field_size_limit(1 << 30)  # lists of numbers in a cell may be long
    starts, before = [], 0
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=None), delimiter=separator)
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
