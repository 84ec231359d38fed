"""What a search found, for people: a table of before and after, and a verdict in words."""

from __future__ import annotations

import math

from simworth.terminal import table
from simworth.tuning.judge import LEVEL, Comparison
from simworth.tuning.search import CONFIRM, Found
from simworth.tuning.space import Space


def lines(found: Found, space: Space, unit: str) -> list[str]:
    """Settings, errors and verdict."""
    rows = [(name, _value(getattr(found.before, name)), _value(getattr(found.after, name))) for name in space]
    chose = f"validation MAE{unit}, {len(found.best.errors)} trials that chose"
    fresh = f"validation MAE{unit}, {CONFIRM} fresh trials"
    rows += [(name, *_errors(one)) for name, one in ((chose, found.chosen), (fresh, found.confirmed))]
    return [*table(("", "before", "after"), rows).splitlines(), *_differences(found), *_failures(found), verdict(found)]


def verdict(found: Found) -> str:
    """Whether tuning was worth it."""
    if found.best.number == 0:
        return f"none of {len(found.candidates)} candidates is better than the present settings"
    best = f"candidate {found.best.number}"
    if found.confirmed.better:
        return f"{best} is better than the present settings (paired over fresh trials, one-sided, {LEVEL:.0%})"
    if not math.isfinite(found.confirmed.difference):
        return f"{best} cannot be compared with the present settings: one of them fails"
    return f"{best} is not distinguishably better than the present settings"


def _value(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _errors(one: Comparison) -> tuple[str, str]:
    before, after = (f"{error:.4g}" if math.isfinite(error) else "failed" for error in (one.before, one.after))
    return before, after


def _differences(found: Found) -> list[str]:
    one = found.confirmed
    if found.best.number == 0 or not math.isfinite(one.difference):
        return []
    return [f"difference on fresh trials: {one.difference:+.2g}, standard error {one.standard_error:.2g}"]


def _failures(found: Found) -> list[str]:
    failed = [one for one in found.candidates if not one.errors]
    if not failed:
        return []
    return [
        f"{len(failed)} of {len(found.candidates)} candidates failed; first, {failed[0].number}: {failed[0].reason}"
    ]
