"""RadonPy, loaded once per process and kept quiet."""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rdkit import rdBase


@dataclass(frozen=True)
class RadonPy:
    """What is used of RadonPy."""

    poly: Any
    """module radonpy.core.poly"""
    const: Any
    """module radonpy.core.const"""
    descriptor: Any
    """class radonpy.ff.descriptor.FF_descriptor"""
    force_field: Any
    """an instance of radonpy.ff.gaff2_mod.GAFF2_mod"""


@functools.cache
def radonpy() -> RadonPy:
    """RadonPy with its GAFF2_mod; loading takes a second or two, once per process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # RadonPy's sources hold invalid escapes, reported when compiled
        from radonpy.core import const, poly
        from radonpy.ff.descriptor import FF_descriptor
        from radonpy.ff.gaff2_mod import GAFF2_mod
    return RadonPy(poly, const, FF_descriptor, GAFF2_mod())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """RadonPy prints its complaints: swallowed here, and RDKit's log with them."""
    const = radonpy().const
    level, const.print_level = const.print_level, 2
    try:
        with contextlib.redirect_stdout(io.StringIO()), rdBase.BlockLogs():
            yield
    finally:
        const.print_level = level
