"""The ledger over time: what each release was worth, what had been forecast for it, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from simworth.ledger.chain import Entry, latest, problems
from simworth.ledger.history import judged, score
from simworth.ledger.records import LedgerEntry, Outcome
from simworth.report.svg import Frame, Scale, dot, figure, log_scale, whisker, words
from simworth.report.text import in_unit, named, percent, with_unit
from simworth.valuation.words import count, span

CHANGED: Final = {
    "composition changed": "the simulated materials are of other classes now, so nothing forecast before applies",
    "measurements changed": "the measurements have changed, so nothing forecast before applies",
    "protocol changed": "the training has changed, so nothing forecast before applies",
}
"""kind of outcome -> why two entries are no forecast and its fulfilment"""
SIZE = (366, 300)
"""pixels of a task's chart"""


@dataclass(frozen=True)
class PastTask:
    """One task's entries."""

    key: str
    colour: int
    rows: tuple[LedgerEntry, ...]
    """its entries, oldest first"""
    change: str
    """what the newest entry changed but by valuing anew, '' for a first one"""
    chart: str
    """SVG, '' where there is a single entry"""


@dataclass(frozen=True)
class Past:
    """The whole ledger, for the page."""

    tasks: tuple[PastTask, ...]
    score: str
    """how good the forecasts were, in a sentence"""
    problems: tuple[str, ...]
    corrected: str
    """why tasks were valued anew, each reason once, '' where none was"""


def past_of(entries: Sequence[Entry], colours: Mapping[str, int]) -> Past:
    """Facts of the tasks that are on the page."""
    tasks = [_task(key, colour, entries) for key, colour in colours.items() if latest(entries, key)]
    shown = [entry for entry in entries if entry.task in colours]
    texts = tuple(f"{p.entry}: {p.text}" for p in problems(entries))
    told = f"{score(shown)} {_sharpness(judged(shown))}".rstrip()
    return Past(tuple(tasks), told, texts, _corrected(tasks))


def _corrected(tasks: Sequence[PastTask]) -> str:
    """The newest entries' reasons, each with the tasks that it holds for, unless it is all that changed."""
    changed, found = [task for task in tasks if task.change], dict[str, list[str]]()
    for task in changed:
        for reason in task.rows[-1].corrects:
            found.setdefault(reason, []).append(named(task.key))
    of = {reason: "" if len(keys) == len(changed) else f" ({', '.join(keys)})" for reason, keys in found.items()}
    return "; ".join(f"{reason}{keys}" for reason, keys in of.items())


def _task(key: str, colour: int, entries: Sequence[Entry]) -> PastTask:
    own = [entry.record for entry in entries if entry.task == key]
    alike = [one for one in own if one.valuation.unit == own[-1].valuation.unit]
    chart = past_chart(key, alike, f"{key}-past") if len(alike) > 1 else ""
    return PastTask(key, colour, tuple(own), _change(own), chart)


def _change(own: Sequence[LedgerEntry]) -> str:
    """The newest entry against the one before."""
    if len(own) < 2:
        return ""
    before, now = own[-2], own[-1]
    errors = [with_unit(one.valuation.mae_at_n_max, one.valuation.unit) for one in (before, now)]
    if (before.n_max, errors[0]) == (now.n_max, errors[1]):
        text = f"n = {count(now.n_max)} and error {errors[1]} as before"
    else:
        text = f"n from {count(before.n_max)} to {count(now.n_max)}, error from {errors[0]} to {errors[1]}"
    old, new = before.valuation.verdict, now.valuation.verdict
    text += f", verdict from {old} to {new}" if old != new else f", still {new}"
    return f"{text}; {CHANGED.get(now.outcome.kind, '')}".rstrip("; ") if now.outcome else text


def _sharpness(outcomes: Sequence[Outcome]) -> str:
    """How far off the values were, and how far the intervals reach: wide ones hold too easily; '' without any."""
    if not outcomes:
        return ""
    aheads = [(one.mae, one.forecast) for one in outcomes if one.mae is not None and one.forecast is not None]
    missed = median(abs(mae / ahead.mae - 1) for mae, ahead in aheads)
    reach = [
        (ahead.high - ahead.low) / 2 / ahead.mae
        for _, ahead in aheads
        if ahead.low is not None and ahead.high is not None
    ]
    wide = f", within intervals that reach {percent(median(reach))} to either side" if reach else ""
    return f"The error came within {percent(missed)} of the forecast (median){wide}."


def past_chart(key: str, own: Sequence[LedgerEntry], name: str) -> str:
    """Errors that came (full) and errors that had been forecast for the same n (hollow), with their intervals."""
    unit = own[-1].valuation.unit
    frame = Frame.of(SIZE)
    judged_here = [one.outcome for one in own if one.outcome and one.outcome.kind == "forecast"]
    x = log_scale([float(one.n_max) for one in own], frame.left, frame.right, pad=0.12)
    came = [one.valuation.mae_at_n_max_interval for one in own]
    ends = [end for row in (*came, *(said.forecast for said in judged_here)) if row for end in (row.low, row.high)]
    y = log_scale([*ends, *(one.valuation.mae_at_n_max for one in own)], frame.bottom, frame.top)
    return figure(
        *SIZE,
        f"Forecasts and outcomes, {named(key)}",
        f"{len(own)} valuations; {len(judged_here)} forecasts could be judged.",
        name,
        "past",
        frame.axes(x, y, "largest n of the release, log scale", f"error{in_unit(unit)}, log scale"),
        *(_forecast(said, unit, x, y) for said in judged_here),
        *(_came(one, unit, x, y) for one in own),
    )


def _came(one: LedgerEntry, unit: str, x: Scale, y: Scale) -> str:
    valuation, at = one.valuation, x(one.n_max)
    ends, error = valuation.mae_at_n_max_interval, valuation.mae_at_n_max
    tip = (
        f"entry {one.seq}, {one.time[:10]}\nn = {count(one.n_max)}: error {with_unit(error, unit)}\n"
        f"interval: {span(ends.low, ends.high)}"
    )
    mark = dot((at, y(error)), 4.5, "point", tip) + words(str(one.seq), at + 8, y(error) + 4, "note")
    return whisker(at, ends.low, ends.high, y, "spread") + mark


def _forecast(said: Outcome, unit: str, x: Scale, y: Scale) -> str:
    ahead, n = said.forecast, said.n
    if ahead is None or n is None:
        return ""
    at = x(n) - 9
    tip = (
        f"forecast by {said.before}\nfor n = {count(n)}: {with_unit(ahead.mae, unit)}\n"
        f"interval: {span(ahead.low, ahead.high)}"
    )
    mark = dot((at, y.clamp(ahead.mae)), 4.5, "point ahead", tip)
    return whisker(at, ahead.low, ahead.high, y, "whisker") + mark
