"""One reader per kind of release; importing this package registers them."""

from simworth.data.readers import long_table, open_polymers, radonpy
from simworth.data.readers.registry import CANDIDATE_COLUMNS, Context, Reader, get_reader, reader, readers

__all__ = [
    "CANDIDATE_COLUMNS",
    "Context",
    "Reader",
    "get_reader",
    "long_table",
    "open_polymers",
    "radonpy",
    "reader",
    "readers",
]
