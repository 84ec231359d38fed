"""One reader per kind of release; importing this package registers them."""

from simworth.data.mapping import LongColumns, TableMapping, ValueColumn
from simworth.data.readers import chi, long_table, open_polymers, radonpy, starrydata, table
from simworth.data.readers.reader import CANDIDATE_COLUMNS, READERS, Context, Reader, reader, role_of

__all__ = [
    "CANDIDATE_COLUMNS", "READERS", "Context", "LongColumns", "Reader", "TableMapping", "ValueColumn", "chi",
    "long_table", "open_polymers", "radonpy", "reader", "role_of", "starrydata", "table",
]  # fmt: skip
