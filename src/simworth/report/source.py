"""What a task's samples are called: not every source is a simulation, and not every sample a single material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simworth.config import Task
from simworth.report.text import named


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
