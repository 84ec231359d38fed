"""The ledger as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simworth.ledger.chain import Entry, problems
from simworth.ledger.judgement import width_sentence
from simworth.ledger.outcome import moved_setting
from simworth.ledger.records import LedgerEntry, Outcome
from simworth.terminal import WIDTH, fixed_row, wrapped
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.settle import decisions
from simworth.valuation.words import (
    count,
    decimals,
    figure,
    form_sentence,
    parameter,
    parameter_span,
    span,
    verdict_sentence,
)

_COLUMNS: Final = (
    ("seq", 4), ("date", -10), ("task", -23), ("n_max", 6), ("m", 4), ("error", -17), ("D", -17), ("alpha", -16),
    ("C", -15),
)  # fmt: skip
"""heading and width, negative: flush left"""
_RETRAINED: Final = (
    "trials trained anew, with other last bits (by another kind of processor or other libraries), and so other errors "
    "by chance"
)
_WIDTHS: Final = tuple(width for _, width in _COLUMNS)


def history_table(entries: Sequence[Entry], task: str = "") -> str:
    """Every entry (of one task, where named), oldest first, with what had been forecast and what came."""
    chosen = [entry for entry in entries if not task or entry.task == task]
    if not chosen:
        return f"the ledger holds no entry{f' of {task}' if task else ''} yet\n"
    level = 100 * chosen[-1].record.settings.level
    heading = (
        "error(n) = D n^-alpha + C, measured at n_max simulated and m measured training materials. Second lines: the "
        f"verdict,\nand {level:g} % intervals that cover the choice of measured materials."
    )
    lines = [heading, "", fixed_row([name for name, _ in _COLUMNS], _WIDTHS), "-" * WIDTH]
    before: dict[str, Entry] = {}
    for entry in chosen:
        lines += _rows(entry.record)
        valuation, outcome = entry.record.valuation, entry.record.outcome
        texts = [verdict_sentence(valuation.verdict, valuation.verdict_reason), form_sentence(valuation)]
        if entry.task in before:
            texts.append(changes(before[entry.task].record, entry.record))
        before[entry.task] = entry
        texts += decisions(valuation)
        texts += [f"corrects: {text}" for text in entry.record.corrects]
        for text in [*texts, outcome.text if outcome else ""]:
            lines += wrapped(text, indent=16) if text else []
    lines += ["", *wrapped(score(chosen), indent=0)]
    lines += [f"{problem.entry}: {problem.text}" for problem in problems(entries)]
    return "\n".join(lines).rstrip() + "\n"


def changes(before: LedgerEntry, now: LedgerEntry) -> str:
    """What an entry has other than the task's entry before it: data, engine, law version, split or recipe; and, where
    none of them explains that trials differ, that they were trained anew."""
    old, new = (dict(entry.protocol) for entry in (before, now))
    held = before.releases | now.releases
    data = sorted(name for name in held if before.releases.get(name) != now.releases.get(name))
    moved = {"data": f"data ({', '.join(data)})" if data else None}
    for name in ("engine", "split"):
        moved[name] = moved_setting({name: old.pop(name, None)}, {name: new.pop(name, None)}) if name in old else None
    versions = f"law version changed from {before.settings.law_version} to {now.settings.law_version}"
    moved["law version"] = versions if before.settings.law_version != now.settings.law_version else None
    moved["recipe"] = None if (found := moved_setting(old, new)) is None else f"recipe ({found})"
    if before.tables.trials != now.tables.trials and not any(moved[name] for name in moved if name != "law version"):
        moved["trials"] = _RETRAINED
    said = ", ".join(text for text in moved.values() if text) or "nothing"
    same = ", ".join(name for name, text in moved.items() if text is None)
    return f"other than entry {before.seq}: {said}" + (f"; the same: {same}" if same else "")


def judged(entries: Sequence[Entry]) -> list[Outcome]:
    """Outcomes of the forecasts that could be judged."""
    outcomes = [entry.record.outcome for entry in entries]
    return [one for one in outcomes if one is not None and one.kind == "forecast"]


def score(entries: Sequence[Entry]) -> str:
    """How many forecasts held, and whether they were too wide or too narrow."""
    outcomes = judged(entries)
    if not outcomes:
        return "No forecast could be judged yet: that takes a release with more of the same simulations."
    level = entries[-1].record.settings.level
    inside = sum(bool(one.inside) for one in outcomes)
    verb = "forecast could be judged, and" if len(outcomes) == 1 else "forecasts could be judged;"
    text = f"{len(outcomes)} {verb} {inside} held, where {100 * level:g} % are meant to. "
    return text + width_sentence(outcomes, level)


def _rows(entry: LedgerEntry) -> list[str]:
    """An entry's values, and below them its verdict and its intervals."""
    valuation = entry.valuation
    error, ends, law = valuation.mae_at_n_max, valuation.mae_at_n_max_interval, valuation.law
    first = [str(entry.seq), entry.time[:10], entry.task, count(entry.n_max), count(valuation.m), figure(error)]
    intervals = [parameter_span(law, name, digits=2) for name in STUDY_LAW]
    return [
        fixed_row([*first, *(parameter(law, name) for name in STUDY_LAW)], _WIDTHS),
        fixed_row(["", "", valuation.verdict, "", "", span(ends.low, ends.high, decimals(error)), *intervals], _WIDTHS),
    ]
