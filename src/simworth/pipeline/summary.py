"""What a valuation found, in Markdown: what changed, whether forecasts came true, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from simworth.ledger.records import LedgerEntry
from simworth.valuation.records import STUDY_LAW, Valuation, Valued
from simworth.valuation.settle import decision
from simworth.valuation.words import count, figure, parameter, verdict_sentence


def summary(tag: str, note: str, before: Valuation | None, entries: Sequence[LedgerEntry]) -> str:
    """The summary of a valuation: `note` is that of the release, `before` the valuation it is compared with."""
    lines = [f"# {tag}", ""]
    if note:
        lines += ["## The release", "", *(f"#{line}" if line.startswith("##") else line for line in _body(note)), ""]
    lines += ["## Laws", ""]
    if not entries:
        return "\n".join([*lines, "The release changed no law.", ""])
    lines += ["| task | n | error before | error now | D | alpha | C | verdict |", "| --- " * 8 + "|"]
    lines += [_row(entry, before) for entry in entries]
    lines += ["", "## Forecasts", ""]
    lines += [f"- {entry.task}: {entry.outcome.text if entry.outcome else 'nothing was forecast'}" for entry in entries]
    lines += ["", "## What to do", "", *(f"- {entry.task}: {_advice(entry)}" for entry in entries)]
    return "\n".join(lines) + "\n"


def _body(note: str) -> list[str]:
    return note.strip().splitlines()[2:]


def _row(entry: LedgerEntry, before: Valuation | None) -> str:
    now = entry.valuation
    then = before.tasks.get(entry.task) if before else None
    old = figure(then.mae_at_n_max) if isinstance(then, Valued) else "-"
    law = [parameter(now.law, name) for name in STUDY_LAW]
    cells = [entry.task, count(entry.n_max), old, figure(now.mae_at_n_max), *law, now.verdict]
    return f"| {' | '.join(cells)} |"


def _advice(entry: LedgerEntry) -> str:
    now = entry.valuation
    if now.gain is None:
        return verdict_sentence(now.verdict, now.verdict_reason)
    return decision(now.gain, now.excluded, now.to_settle, now.verdict)
