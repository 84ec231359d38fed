"""A structure as a user gives it, read as the training data were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from simworth.data.structures import Kind, canonical

_KINDS: Final[dict[str, Kind]] = {"polymer": "polymer", "composition": "composition"}


@dataclass(frozen=True)
class Read:
    """One structure of a request."""

    parts: tuple[str, ...]
    """canonical structures: one, or polymer and solvent; () where it cannot be used"""
    reason: str = ""
    """why it cannot"""


def read(given: Any, kind: str) -> Read:
    """`kind` is polymer (SMILES with two '*'), composition (a formula), or pair ('polymer|solvent')."""
    if not isinstance(given, str) or not given.strip():
        return Read((), "not a text, or an empty one")
    texts = given.split("|") if kind == "pair" else [given]
    if kind == "pair" and len(texts) != 2:
        return Read((), "must be a polymer and a solvent, 'polymer|solvent'")
    kinds: list[Kind] = ["pair", "solvent"] if kind == "pair" else [_KINDS[kind]]
    found = [canonical(one, [text.strip()], 1)[0] for one, text in zip(kinds, texts, strict=True)]
    reason = next((one.reason for one in found if one.reason), "")
    return Read((), reason) if reason else Read(tuple(one.structure for one in found))
