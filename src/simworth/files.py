"""Tables of earlier stages, read with a remedy in each error message; files, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simworth.errors import SimworthError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TEXT: Final = frozenset(
    ("learning", "status", "reason", "side", "material", "item", "structure", "partner", "material_class", "group")
)
_WHOLE: Final = frozenset(("n", "m", "trial", "n_test", "pretrain_epochs", "finetune_epochs", "replicates"))


def read_table(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """These columns of a parquet table, or all."""
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SimworthError(f"table {path}: cannot be read ({error}); run `dvc repro` to make it") from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise SimworthError(f"table {path}: lacks column {missing[0]!r}; run `dvc repro` to make it anew")
    return table[list(columns or table.columns)]


def schema(columns: Mapping[str, str]) -> pa.Schema:
    """Arrow schema of a table of `simworth.columns`; the meaning of each column travels with it."""
    import pyarrow as pa

    kinds = {name: pa.string() for name in _TEXT} | {name: pa.int64() for name in _WHOLE} | {"seed": pa.uint64()}
    fields = ((name, kinds.get(name, pa.float64()), text) for name, text in columns.items())
    return pa.schema([pa.field(name, kind, metadata={"meaning": text}) for name, kind, text in fields])


def write_table(path: Path, table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Parquet whose bytes depend on the rows alone, there whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table[list(columns)], schema=schema(columns), preserve_index=False)
    content = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(None), content)
    write_whole(path, content.getvalue())


def write_whole(path: Path, *content: bytes | memoryview) -> None:
    """Write a file, part after part, so that it is there whole or not at all: temporary file, fsync, rename."""
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def ensure_writable(*files: Path) -> None:
    """An OSError now rather than after hours of work, where one of these files could not be written at their end."""
    for file in files:
        with _named(file):
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            file.parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=file.parent).close()


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the file system names the file that was to be written, not a temporary one."""
    try:
        yield
    except FileNotFoundError as error:  # a place that takes no folder: /proc, a share that is not there
        raise OSError(errno.EROFS, error.strerror, str(path)) from None
    except OSError as error:
        error.filename = str(path)
        raise
