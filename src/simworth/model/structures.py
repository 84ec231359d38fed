"""A structure as a user gives it, read as the training data were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simworth.data.kinds import KINDS, canonical


@dataclass(frozen=True)
class Read:
    """One structure of a request."""

    parts: tuple[str, ...]
    """canonical structures: one, or two of a pair; () where it cannot be used"""
    reason: str = ""
    """why it cannot"""


def read(given: Any, kind: str) -> Read:
    """`kind` is a registered kind; the structures of a pair are joined by '|', as in 'polymer|solvent'."""
    if not isinstance(given, str) or not given.strip():
        return Read((), "not a text, or an empty one")
    parts = KINDS[kind].parts
    texts = given.split("|")
    if len(texts) != len(parts):
        return Read((), f"must be one of {KINDS[kind].words}")
    found = [canonical(kind, [text.strip()], 1, part)[0] for part, text in enumerate(texts)]
    reason = next((one.reason for one in found if one.reason), "")
    return Read((), reason) if reason else Read(tuple(one.structure for one in found))
