"""One reader per kind of release; importing this package registers them."""

from simworth.data.readers import chi, long_table, open_polymers, radonpy, starrydata, table
from simworth.data.readers.mapping import LongColumns, TableMapping, ValueColumn
from simworth.data.readers.registry import CANDIDATE_COLUMNS, Context, Reader, get_reader, reader, readers, role_of

__all__ = [
    "CANDIDATE_COLUMNS",
    "Context",
    "LongColumns",
    "Reader",
    "TableMapping",
    "ValueColumn",
    "chi",
    "get_reader",
    "long_table",
    "open_polymers",
    "radonpy",
    "reader",
    "readers",
    "role_of",
    "starrydata",
    "table",
]
