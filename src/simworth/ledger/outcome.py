"""What an earlier entry had forecast for the n that a later one reached, and whether it came true.

The comparison is fair only for more of the same: same measurements, same training, same kinds of simulated material.
Where something of that changed, the outcome says what changed instead. Since the measured materials are the same, the
forecast is judged by its interval for these materials only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from simworth.ledger.chain import Entry
from simworth.ledger.composition import changed
from simworth.valuation.numbers import figure, kept, span


def outcome(before: Entry | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """The `outcome` of a new entry's content, given the task's entry before it; None for a first entry."""
    if before is None:
        return None
    why = _unfair(before.content, now)
    if why is not None:
        kind, text = why
        return {"before": before.name, "kind": kind, "text": f"against entry {before.seq}: {text}"}
    return {"before": before.name, **_judged(before, now)}


def _unfair(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, str] | None:
    moved = moved_setting(before["protocol"], now["protocol"])
    if moved is not None:
        return "protocol changed", f"{moved}, so its forecast is not judged"
    if not _same_measurements(before["measurements"], now["measurements"]):
        old, new = before["measurements"]["materials"], now["measurements"]["materials"]
        return (
            "measurements changed",
            f"the measurements changed ({old} to {new} materials), its forecast is not judged",
        )
    probability = changed(before["composition"], now["composition"])
    if probability is not None:
        return (
            "composition changed",
            f"the simulated materials are of other classes now (probability of chance {_chance(probability)}), so its "
            "forecast, which was for more of the same, is not judged",
        )
    if now["n_max"] <= before["n_max"]:
        return (
            "no larger n",
            f"n did not grow ({before['n_max']:,} to {now['n_max']:,}), so it had forecast nothing here",
        )
    return None


def _chance(probability: float) -> str:
    return f"{probability:.1g}" if probability >= 1e-6 else "below one in a million"


def moved_setting(before: Any, now: Any, where: str = "") -> str | None:
    """The first setting that both know and that differs, in words; None where there is none.

    A setting that only one of them knows came with the code, whose default is what was done before.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        shared = [key for key in before if key in now]
        found = (moved_setting(before[key], now[key], f"{where}.{key}".lstrip(".")) for key in shared)
        return next((text for text in found if text is not None), None)
    return None if before == now else f"{where} changed from {before} to {now}"


def _same_measurements(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """By the values tested, or by the files and the number of materials, since more trials test more of them."""
    if before["digest"] == now["digest"]:
        return True
    return bool(before["md5"] == now["md5"] and before["materials"] == now["materials"])


def _judged(before: Entry, now: Mapping[str, Any]) -> dict[str, Any]:
    n, mae = int(now["n_max"]), float(now["valuation"]["mae_at_n_max"])
    rows = before.content["frozen_these_materials_only"] or before.content["frozen"]
    ahead = at_n(rows, n)
    if ahead is None:
        last = rows[-1]["n"]
        text = f"against entry {before.seq}: its forecasts end at n = {last:,}, below the {n:,} reached"
        return {"kind": "beyond the forecasts", "text": text}
    low, high = ahead["low"], ahead["high"]
    inside = (low is None or low <= mae) and (high is None or mae <= high)
    said = f"{figure(ahead['mae'])} ({span(low, high)})"
    word = "as forecast" if inside else "not as forecast"
    return {
        "kind": "forecast",
        "n": n,
        "forecast": ahead,
        "mae": mae,
        "inside": inside,
        "text": f"entry {before.seq} had forecast {said} for n = {n:,}; it came to {figure(mae)}, {word}",
    }


def at_n(rows: Sequence[Mapping[str, Any]], n: int) -> dict[str, Any] | None:
    """A frozen forecast at n, between two rows interpolated in logarithms; None outside of them."""
    for left, right in pairwise(rows):
        if left["n"] <= n <= right["n"]:
            share = math.log(n / left["n"]) / math.log(right["n"] / left["n"])
            return {key: _between(left[key], right[key], share) for key in ("mae", "low", "high")}
    return None


def _between(left: float | None, right: float | None, share: float) -> float | None:
    if left is None or right is None:
        return None
    if left <= 0 or right <= 0:
        return kept(left + share * (right - left))
    return kept(math.exp(math.log(left) + share * (math.log(right) - math.log(left))))
