"""What a task's valuation says in words, no more and no less than its intervals allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simworth.valuation.numbers import figure, span

VERDICTS: Final = {
    "scaling": "still falling: more simulations are forecast to lower the error",
    "saturated": "levelled off: more of the same simulations would hardly lower the error",
    "not scaling": "no fall worth the name: the error does not depend on the number of simulations",
    "inconclusive": "cannot be told yet: the data allow a fall and a standstill alike",
}
"""verdict -> the same in words"""

GAPS: Final = {
    "identified": "the transfer gap C is known",
    "upper bound": "only an upper bound of the transfer gap C is known",
    "not identified": "the transfer gap C is not known from these data",
}
"""gap -> the same in words"""


def against_direct(entry: Mapping[str, Any]) -> str:
    """below | above | undecided | not run: where transfer at n_max lies against direct learning."""
    gain = entry["direct_minus_transfer"]
    if gain is None:
        return "not run"
    if gain["low"] is not None and gain["low"] > 0:
        return "below"
    if gain["high"] is not None and gain["high"] < 0:
        return "above"
    return "undecided"


def comparison(entry: Mapping[str, Any]) -> str:
    """One clause on transfer against direct learning, with the paired difference and its interval."""
    side = against_direct(entry)
    if side == "not run":
        return "direct learning was not run, so there is nothing to compare with"
    gain = entry["direct_minus_transfer"]
    shown = f"{figure(abs(gain['value']))} (interval {_mirrored(gain) if gain['value'] < 0 else _plain(gain)})"
    if side == "below":
        return f"transfer lies below direct learning by {shown}"
    if side == "above":
        return f"transfer lies above direct learning by {shown}: the simulations do harm"
    where = "below" if gain["value"] >= 0 else "above"
    return f"not told apart from direct learning: transfer is {where} it by {shown}"


def _plain(gain: Mapping[str, Any]) -> str:
    return span(gain["low"], gain["high"])


def _mirrored(gain: Mapping[str, Any]) -> str:
    low, high = gain["low"], gain["high"]
    return span(None if high is None else -high, None if low is None else -low)
