"""File formats of a table: plain text, gzip, a tar archive of one CSV, Excel, parquet; each is read as CSV text."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import tarfile
import zlib
from pathlib import Path
from typing import Any, Final

from simworth.errors import SimworthError

_ZIP: Final = b"PK\x03\x04"


def is_workbook(path: Path) -> bool:
    """Whether a file begins as an Excel workbook does."""
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def as_csv(path: Path, sheet: str = "") -> bytes:
    """The bytes of a CSV file; of an Excel workbook or parquet file its cells as CSV, a line a row.

    sheet: of a workbook, '' is the first. SimworthError where the file cannot be opened as what its first bytes say.
    """
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".gz":
            content = gzip.decompress(content)
        if path.name.lower().endswith((".tar.xz", ".tar.gz", ".tar")):
            return _only_csv(path)
        if content.startswith(_ZIP):
            return _workbook(path, content, sheet)
        if content.startswith(b"PAR1"):
            return _parquet(path, content)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError) as error:
        raise SimworthError(f"file {path.name!r}: cannot be read ({error}); fetch it again") from None
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise SimworthError(f"file {path.name!r}: is a workbook of an old Excel (.xls); save it as .xlsx or CSV UTF-8")
    return content


def sheets_of(path: Path) -> tuple[str, ...]:
    """Names of a workbook's sheets; none of a file of another format."""
    if not is_workbook(path):
        return ()
    import openpyxl

    return tuple(openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True).sheetnames)


def _only_csv(path: Path) -> bytes:
    with tarfile.open(path) as archive:
        tables = [one for one in archive.getmembers() if one.isfile() and one.name.lower().endswith(".csv")]
        if len(tables) != 1:
            raise SimworthError(f"file {path.name!r}: holds {len(tables)} CSV files; unpack it and give the right one")
        file = archive.extractfile(tables[0])
        assert file is not None
        return file.read()


def _workbook(path: Path, content: bytes, sheet: str) -> bytes:
    try:
        import openpyxl  # an extra, and half a second, which CSV files need not spend
    except ModuleNotFoundError:
        raise SimworthError(
            f"file {path.name!r}: is an Excel workbook; pip install 'simworth[excel]', or save it as CSV UTF-8"
        ) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        if sheet and sheet not in book.sheetnames:
            held = ", ".join(book.sheetnames)
            raise SimworthError(f"file {path.name!r}: has no sheet {sheet!r}; its sheets are: {held}")
        chosen = book[sheet] if sheet else book.worksheets[0]
        rows = [[_cell(value) for value in row] for row in chosen.iter_rows(values_only=True)]
    except SimworthError:
        raise
    except Exception as error:  # of a damaged one openpyxl, zipfile, zlib and the XML parser each raise their own
        why = " ".join(str(error).split()) or type(error).__name__
        raise SimworthError(f"file {path.name!r}: is no Excel workbook that can be opened ({why})") from None
    width = max((place + 1 for row in rows for place, cell in enumerate(row) if cell), default=0)
    return _written([row[:width] + [""] * (width - len(row)) for row in rows])


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(row) if any(row) else out.write("\n")
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return " ".join((repr(value) if isinstance(value, float) else str(value)).split("\n"))


def _parquet(path: Path, content: bytes) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise SimworthError(f"file {path.name!r}: is no parquet table that can be read ({why[:200]})") from None
    columns = [[_cell(value) for value in table[name].to_pylist()] for name in table.column_names]
    return _written([table.column_names, *map(list, zip(*columns, strict=True))])
