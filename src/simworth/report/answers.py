"""The first screen: what each database is worth, what the next doubling buys, what is not known, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from simworth.report.classes import to_extend, worth_of_experiment
from simworth.report.text import (
    NARROW,
    SIMULATED,
    SourceWords,
    between,
    fall,
    named,
    number,
    pretty_unit,
    raised_exponent,
    whole,
)
from simworth.valuation.classes import MIN_MEASURED
from simworth.valuation.records import TaskEntry, Unvalued, Valued
from simworth.valuation.settle import gain_sentence, open_question
from simworth.valuation.words import FURTHER, against_direct, decimals

SMALL: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Answer:
    """One task's three answers."""

    worth: Markup
    doubling: Markup
    unknown: tuple[Markup, ...]


def answer(entry: Valued, words: SourceWords = SIMULATED) -> Answer:
    """The answers of a task that has a law."""
    return Answer(_worth(entry, words), _doubling(entry, words), tuple(_unknown(entry, words)))


def headline(tasks: Mapping[str, TaskEntry], all_simulated: bool = True) -> str:
    """What the whole page finds."""
    who = "Simulations" if all_simulated else "Simulations and other source data"
    valued = [entry for entry in tasks.values() if isinstance(entry, Valued)]
    if not valued:
        return "No task could be valued yet"
    sides = [against_direct(entry) for entry in valued]
    helped, harmed = sides.count("below"), sides.count("above")
    if helped:
        rest = f" and raise it in {_word(harmed)}" if harmed else ""
        now = f"{who} lower the error on real materials in {_of(helped, valued)}{rest}"
    elif harmed:
        now = f"{who} raise the error on real materials in {_of(harmed, valued)}"
    else:
        what = f"{who[:1].lower()}{who[1:]} lower the error on real materials"
        now = f"Whether {what} is open in {_of(len(valued), valued)}"
    return f"{now}; {_more(valued)}"


def _further(entry: Valued) -> str:
    """A key of FURTHER, or "inconclusive": a doubling that surely gains is a fall, whatever lies beyond it."""
    if entry.gain is None:
        return entry.verdict
    if entry.verdict == "inconclusive" and entry.gain.x2.low > 0:
        return "scaling"
    return "unproven" if entry.verdict == "scaling" and entry.gain.x10.low <= 0 else entry.verdict


def _more(valued: Sequence[Valued]) -> str:
    """What more simulations would do, by the verdicts."""
    verdicts = [_further(entry) for entry in valued]
    known = [
        f"{does} in {_word(verdicts.count(name))}" if len(valued) > 1 else does
        for name, does in FURTHER.items()
        if name in verdicts
    ]
    left = verdicts.count("inconclusive")
    if not known:
        where = "" if left == 1 else " in both" if left == 2 else f" in all {_word(left)}"
        return f"what more of them would do is open{where}"
    rest = f"; that is open in {_word(left)}" if left else ""
    return f"more of them {', '.join(known)}{rest}"


def extension(tasks: Mapping[str, TaskEntry]) -> str:
    """Which classes to extend, over all tasks, or why none can be named."""
    valued = {task: entry for task, entry in tasks.items() if isinstance(entry, Valued)}
    named_ones = {task: to_extend(entry) for task, entry in valued.items()}
    if any(named_ones.values()):
        parts = [f"{named(task)}: {', '.join(found)}" for task, found in named_ones.items() if found]
        return f"{'; '.join(parts)}."
    measured = [found for entry in valued.values() for found in entry.classes.values() if found.measured]
    if not measured:
        return ""
    few = sum(found.law is None for found in measured)
    rest, verb = len(measured) - few, "has" if few == 1 else "have"
    text = (
        f"None can be named yet. Of {len(measured)} measured classes, {few} {verb} fewer than {MIN_MEASURED} measured "
    )
    return text + (f"materials; of the other {rest}, none is known to gain from a doubling." if rest else "materials.")


def _of(part: int, valued: Sequence[Valued]) -> str:
    if len(valued) == 1:
        return "the one task that could be valued"
    if part == len(valued):
        return "both valued tasks" if part == 2 else f"all {_word(part)} valued tasks"
    return f"{_word(part)} of {_word(len(valued))} valued tasks"


def _word(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else str(number)


def _amount(number: Markup, unit: str) -> Markup:
    return number + Markup(NARROW) + pretty_unit(unit) if unit else number


def _worth(entry: Valued, words: SourceWords) -> Markup:
    text = Markup("With {} {} {}{} a prediction misses the measured value by <b>{}</b> on average ({}). ")
    text = text.format(
        whole(entry.n_max),
        words.kind,
        words.unit,
        words.aside or ",",
        _amount(number(entry.mae_at_n_max), entry.unit),
        between(entry.mae_at_n_max_interval, decimals(entry.mae_at_n_max)),
    )
    return text + _against_direct(entry, words)


def _against_direct(entry: Valued, words: SourceWords) -> Markup:
    side, gain = against_direct(entry), entry.direct_minus_transfer
    if gain is None:
        return Markup("Learning without {} was not run, so there is nothing to compare with.").format(words.many)
    harm, places = gain.value < 0, decimals(entry.mae_at_n_max)
    shown = Markup("{} ({})").format(number(gain.value, places, absolute=True), between(gain, places, flip=harm))
    if side == "below":
        return Markup("That is {} less than without {}.").format(shown, words.many)
    if side == "above":
        return Markup("That is {} <em>more</em> than without {}: here they do harm.").format(shown, words.many)
    word = "more" if harm else "less"
    return Markup("That is {} {} than without {}: too little to tell them apart.").format(shown, word, words.many)


def _doubling(entry: Valued, words: SourceWords) -> Markup:
    ahead, gain = entry.forecast["x2"], entry.doubling_lowers_mae_by
    places = decimals(ahead.mae)
    forecast = Markup("At {} {} {} the law forecasts an error of <b>{}</b> ({}). ").format(
        whole(ahead.n),
        words.kind,
        words.unit,
        _amount(number(ahead.mae, places), entry.unit),
        between(ahead, places),
    )
    end = ": perhaps by nothing at all." if gain.low <= 0 else "."
    lowers = Markup("By the law, the doubling lowers it by {} ({}){}").format(
        fall(gain.value, places), between(gain, places), end
    )
    found = [forecast + lowers]
    if entry.gain is not None:
        found.append(Markup("In relative terms, {}.").format(raised_exponent(gain_sentence(entry.gain))))
    extend, worth = to_extend(entry), worth_of_experiment(entry)
    if extend:
        found.append(Markup("Worth extending: {}.").format(", ".join(extend)))
    return Markup("").join(Markup("<p>{}</p>").format(one) for one in [*found, *([worth] if worth else [])])


def _unknown(entry: Valued, words: SourceWords) -> list[Markup]:
    found = []
    if against_direct(entry) == "undecided":
        found.append(Markup("Whether the {} help at all.").format(words.many))
    found += _gap(entry, words)
    if entry.verdict == "inconclusive":
        found.append(Markup("Whether more {} lower it: {}.").format(words.many, entry.verdict_reason))
        if entry.to_settle:
            ends = raised_exponent(open_question(entry.excluded, entry.to_settle))
            found.append(ends[:1].upper() + ends[1:] + Markup("."))
    return found or [Markup("Nothing that these questions hang on.")]


def _gap(entry: Valued, words: SourceWords) -> list[Markup]:
    if entry.gap == "identified":
        return []
    if entry.gap == "upper bound":
        bound = _amount(number(entry.law["C"].high), entry.unit)
        text = Markup("Where the curve ends: the error that {} cannot remove is at most {}.")
        return [text.format(words.many, bound)]
    span = f"n spans {10 ** (entry.number('decades') or 0):.3g}-fold, which is too little to tell"
    return [Markup("Where the curve ends: {} a low floor from a slow fall.").format(span)]


def waiting(entry: Unvalued) -> Markup:
    """Why a task has no law."""
    word = "Waits" if entry.status == "waiting" else "Failed"
    return Markup("{}: {}.").format(word, coded(entry.reason.rstrip(".")))


def coded(text: str) -> Markup:
    """Escaped text, what stands between backticks set as code."""
    escaped = str(escape(text))
    return Markup(escaped if text.count("`") % 2 else re.sub(r"`([^`]*)`", r"<code>\1</code>", escaped))


def title(task: str) -> str:
    """A task's name as a heading."""
    text = named(task)
    return text[:1].upper() + text[1:]
