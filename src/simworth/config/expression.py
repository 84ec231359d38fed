"""Conditions on the columns of a clean table, as `source.filter` writes them."""

from __future__ import annotations

import ast

from simworth.columns import CLEAN_COLUMNS
from simworth.errors import did_you_mean


def filter_columns(condition: str) -> frozenset[str]:
    """Columns that a condition names, from its parsed expression; text in quotes names none.

    ValueError where it is no expression, or names what is no column of the clean table.
    """
    if not condition.strip():
        return frozenset()
    try:
        tree = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"filter {condition!r} is no condition ({getattr(error, 'msg', error)})") from None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in sorted(names - set(CLEAN_COLUMNS)):
        raise ValueError(f"filter {condition!r}: no column {name!r}{did_you_mean(name, CLEAN_COLUMNS)}")
    if not names:
        raise ValueError(f"filter {condition!r} names no column; columns: {', '.join(CLEAN_COLUMNS)}")
    return frozenset(names)
