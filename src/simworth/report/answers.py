"""The first screen: what each database is worth, what the next doubling buys, what is not known, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from simworth.report.classes import to_extend, worth_of_experiment
from simworth.report.text import NARROW, Numbers, named, pretty_unit
from simworth.valuation.words import against_direct

SMALL: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Answer:
    """One task's three answers."""

    worth: Markup
    doubling: Markup
    unknown: tuple[Markup, ...]


def answer(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> Answer:
    """The answers of a task that has a law."""
    return Answer(_worth(numbers, task, entry), _doubling(numbers, task, entry), tuple(_unknown(numbers, task, entry)))


def headline(tasks: Mapping[str, Mapping[str, Any]]) -> str:
    """What the whole page finds."""
    valued = [entry for entry in tasks.values() if entry["status"] == "ok"]
    if not valued:
        return "No task could be valued yet"
    sides = [against_direct(entry) for entry in valued]
    helped, harmed = sides.count("below"), sides.count("above")
    if helped:
        rest = f"; {_word(harmed)} of them does harm" if harmed == 1 else f"; {_word(harmed)} do harm" if harmed else ""
        return f"Simulations lower the error on real materials in {_of(helped, valued)}{rest}"
    if harmed:
        return f"Simulations raise the error on real materials in {_of(harmed, valued)}"
    return f"Whether simulations lower the error on real materials is open in {_of(len(valued), valued)}"


def _of(part: int, whole: Sequence[Any]) -> str:
    if len(whole) == 1:
        return "the one task that could be valued"
    if part == len(whole):
        return "both valued tasks" if part == 2 else f"all {_word(part)} valued tasks"
    return f"{_word(part)} of {_word(len(whole))} valued tasks"


def _word(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else str(number)


def _amount(number: Markup, unit: str) -> Markup:
    return number + Markup(NARROW) + pretty_unit(unit) if unit else number


def _worth(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> Markup:
    place, unit = f"tasks/{task}", entry["unit"]
    error = numbers(f"{place}/mae_at_n_max")
    text = Markup("With {} simulated materials, a prediction misses the measured value by <b>{}</b> on average ({}). ")
    text = text.format(
        numbers.whole(f"{place}/n_max"),
        _amount(error, unit),
        numbers.span(f"{place}/mae_at_n_max_interval", numbers.places(f"{place}/mae_at_n_max")),
    )
    return text + _against_direct(numbers, task, entry)


def _against_direct(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> Markup:
    side = against_direct(entry)
    if side == "not run":
        return Markup("Learning without simulations was not run, so there is nothing to compare with.")
    gain = f"tasks/{task}/direct_minus_transfer"
    harm = numbers.at(f"{gain}/value") < 0
    places = numbers.places(f"tasks/{task}/mae_at_n_max")
    value = numbers(f"{gain}/value", places, absolute=True)
    shown = Markup("{} ({})").format(value, numbers.span(gain, places, flip=harm))
    if side == "below":
        return Markup("That is {} less than without simulations.").format(shown)
    if side == "above":
        return Markup("That is {} <em>more</em> than without simulations: here they do harm.").format(shown)
    word = "more" if harm else "less"
    return Markup("That is {} {} than without simulations: too little to tell them apart.").format(shown, word)


def _doubling(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> Markup:
    ahead, gain = f"tasks/{task}/forecast/x2", f"tasks/{task}/doubling_lowers_mae_by"
    places = numbers.places(f"{ahead}/mae")
    text = Markup("At {} simulated materials the law forecasts an error of <b>{}</b> ({}). ").format(
        numbers.whole(f"{ahead}/n"),
        _amount(numbers(f"{ahead}/mae", places), entry["unit"]),
        numbers.span(ahead, places),
    )
    worth = worth_of_experiment(numbers, task)
    low = numbers.at(f"{gain}/low")
    end = ": perhaps by nothing at all." if low is None or low <= 0 else "."
    text += Markup("The doubling lowers it by {} ({}){}").format(
        numbers(f"{gain}/value", places), numbers.span(gain, places), end
    )
    extend = to_extend(entry)
    if extend:
        text += Markup(" Worth extending: {}.").format(", ".join(extend))
    return text + Markup(" ") + worth if worth else text


def _unknown(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> list[Markup]:
    found = []
    if against_direct(entry) == "undecided":
        found.append(Markup("Whether the simulations help at all."))
    if entry["verdict"] == "inconclusive":
        found.append(Markup("Whether the curve still falls: {}.").format(entry["verdict_reason"]))
    found += _gap(numbers, task, entry)
    return found or [Markup("Nothing that these questions hang on.")]


def _gap(numbers: Numbers, task: str, entry: Mapping[str, Any]) -> list[Markup]:
    c = f"tasks/{task}/law/C"
    if entry["gap"] == "identified":
        return []
    if entry["gap"] == "upper bound":
        bound = _amount(numbers(f"{c}/high"), entry["unit"])
        return [Markup("Where the curve ends: the error that simulations cannot remove is at most {}.").format(bound)]
    span = f"n spans {10 ** entry['diagnostics']['decades']:.3g}-fold, which is too little to tell"
    return [Markup("Where the curve ends: {} a low floor from a slow fall.").format(span)]


def waiting(task: str, entry: Mapping[str, Any]) -> Markup:
    """Why a task has no law."""
    word = "Waits" if entry["status"] == "waiting" else "Failed"
    return Markup("{}: {}.").format(word, coded(str(entry["reason"]).rstrip(".")))


def coded(text: str) -> Markup:
    """Escaped text, what stands between backticks set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(p) if i % 2 else Markup("{}").format(p) for i, p in enumerate(parts)
    )


def title(task: str) -> str:
    """A task's name as a heading."""
    text = named(task)
    return text[:1].upper() + text[1:]
