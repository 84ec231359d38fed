"""Names, units and numbers for the page; every number carries its value as valuation.json holds it.

Not every source is a simulation, and not every sample a single material: `SourceWords` names a task's samples.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

from markupsafe import Markup, escape

from simworth.config import Task
from simworth.model.records import Calibration
from simworth.records import rounded
from simworth.valuation.words import count, figure, needed

NARROW = "\u202f"
"""no-break space between number and unit"""
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def named(name: str) -> str:
    """A key of params.yaml as words: thermal_conductivity -> thermal conductivity."""
    return name.replace("_", " ")


def pretty_unit(unit: str) -> str:
    """A unit as it is printed: g/cm^3 -> g/cm³."""
    raised = re.sub(r"(?:\^|\*\*)(-?\d+)", lambda found: found.group(1).translate(_RAISED), unit)
    return raised.replace("*", "·").replace("log10(", "log₁₀(").replace("log10", "log₁₀ units")


def in_unit(unit: str) -> str:
    """What follows the name of a quantity on an axis: " in g/cm³", '' where it is dimensionless."""
    return f" in {pretty_unit(unit)}" if unit else ""


def with_unit(number: float, unit: str) -> str:
    """A number with its unit."""
    shown = pretty_unit(unit)
    return f"{figure(number)}{NARROW}{shown}" if shown else figure(number)


class Ends(Protocol):
    """Whatever has an interval: an Estimate, or a record with low and high."""

    @property
    def low(self) -> Any: ...
    @property
    def high(self) -> Any: ...


def number(value: float | None, places: int | None = None, absolute: bool = False) -> Markup:
    """A number as HTML, with three significant digits or a number of decimals; unbounded is said so."""
    if value is None or math.isinf(value):
        return Markup('<data value="">unbounded</data>')
    return _data(value, figure(abs(value) if absolute else value, places=places))


def whole(value: float) -> Markup:
    """A count as HTML."""
    return _data(value, count(value))


def simulations(value: float | None, n_max: float) -> Markup:
    """A number of simulations by the law as HTML: a number near today's, words far beyond."""
    return Markup('<data value="{}">{}</data>').format("" if value is None else _exact(value), needed(value, n_max))


def between(ends: Ends, places: int | None = None, flip: bool = False) -> Markup:
    """An interval as HTML; flip shows it with the other sign."""
    low, high = _known(ends.low), _known(ends.high)
    if high is None and not low:  # every quantity here is at least 0
        return Markup("not known")
    if flip:
        low, high = (None if end is None else -end for end in (high, low))
    first, last = (None if end is None else _data(end, figure(end, places=places)) for end in (low, high))
    if first is None:
        return Markup("up to {}").format(last)
    return Markup("above {}").format(first) if last is None else Markup("{} to {}").format(first, last)


def error_between(ends: Ends) -> Markup:
    """The interval of an error, which is never below 0 though its approximation may reach there."""
    low, high = _known(ends.low), _known(ends.high)
    if low is not None and low < 0 and high is not None:
        return Markup("up to {}").format(_data(high, figure(high)))
    return between(ends)


def fall(value: float, places: int) -> Markup:
    """A number with a number of decimals, in words where those would show it as 0."""
    if value == 0 or round(abs(value), places):
        return number(value, places)
    return _data(value, f"less than {10.0**-places:.{places}f}")


def _known(end: float | None) -> float | None:
    return None if end is None or math.isinf(end) else float(end)


def _exact(value: float) -> str:
    """As the value stands in valuation.json."""
    return repr(rounded(float(value)))


def _data(value: float, shown: str) -> Markup:
    return Markup('<data value="{}">{}</data>').format(_exact(value), raised_exponent(shown))


def raised_exponent(shown: str) -> Markup:
    """1.70e-11 with a raised power of ten, wherever it stands in a text; true minus signs before digits, and no line
    break before a percent sign."""

    def raised(found: re.Match[str]) -> str:
        return f"{found.group(1)} {TIMES} 10{str(int(found.group(2))).translate(_RAISED)}"

    text = re.sub(r"([\d.]+)e([+-]\d+)", raised, shown)
    return escape(re.sub(r"(?<=\d) ?%", f"{NARROW}%", re.sub(r"-(?=\d)", MINUS, text)))


def percent(share: float) -> str:
    """A share with two significant digits."""
    return f"{figure(100 * share, 2)}{NARROW}%"


def signed(number: float, unit: str) -> str:
    """A number with its sign and unit."""
    return ("+" if number > 0 else "") + with_unit(number, unit).replace("-", MINUS)


def interval_sentence(found: Calibration | None, unit: str) -> str:
    """Low and high of a prediction, the coverage that was found, and whether a model is any better than the mean."""
    if found is None:
        return "Too few measured materials to say how sure a prediction is."
    level, share = percent(found.level), f"{figure(math.floor(1000 * found.coverage) / 10, 3)}{NARROW}%"
    text = f"A prediction for a new material carries a {level} interval"
    if found.typical is not None:
        text += (
            f", from low = prediction {MINUS} {with_unit(found.typical, unit)} to high = prediction + the same (median)"
        )
    text += f"; of {count(found.groups)} materials or groups held out whole, it held {share}."
    if found.typical is not None and found.typical >= found.marginal:
        text += " For half of them or more that is no better than the mean of the measurements, and they say so."
    return text


@dataclass(frozen=True)
class SourceWords:
    """Words for one task."""

    kind: str = "simulated"
    """of the source's samples"""
    unit: str = "materials"
    """what n counts"""
    whole: str = "materials"
    """what m counts"""
    one: str = "material"
    """one of those"""
    many: str = "simulations"
    aside: str = ""
    """said where its materials are first counted"""
    also: str = "also simulated"
    """of a measured material that is in the source, too"""
    taken: str = ""
    """the property that is learned from first"""
    route: str = ""
    """from where to where the network learns"""


SIMULATED: Final = SourceWords()


def source_words(task: Task) -> SourceWords:
    """By the source's role, database and property."""
    source, target = task.source, task.target
    experiment = source.role == "experiment"
    if source.database != target.database:
        route = f"{source.database} → {target.database}"
    elif source.property != target.property:
        route = f"{source.database}: {named(source.property)} → {named(target.property)}"
    else:
        route = f"{source.database}: {'source' if experiment else 'simulated'} → measured"
    taken = source.property
    if task.learning == "multitask":
        aside = ", each a polymer in a solvent at a temperature,"
        return SourceWords(unit="samples", whole="pairs", one="pair", aside=aside, taken=taken, route=route)
    if not experiment:
        return SourceWords(taken=taken, route=route)
    aside = ", measured for another property," if source.property != target.property else ""
    return SourceWords(
        kind="source",
        many="source measurements",
        aside=aside,
        also="also in the source",
        taken=taken,
        route=route,
    )
