"""One reader per kind of release; importing this package registers them."""

from simworth.data.readers import chi, long_table, open_polymers, radonpy, starrydata
from simworth.data.readers.registry import CANDIDATE_COLUMNS, Context, Reader, get_reader, reader, readers

__all__ = [
    "CANDIDATE_COLUMNS",
    "Context",
    "Reader",
    "chi",
    "get_reader",
    "long_table",
    "open_polymers",
    "radonpy",
    "reader",
    "readers",
    "starrydata",
]
