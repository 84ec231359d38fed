"""What the materials of a task's source are called: not every source is a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simworth.config import Task
from simworth.report.text import named


@dataclass(frozen=True)
class SourceWords:
    """Words for one task's source."""

    kind: str = "simulated"
    """before 'materials'"""
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
    wanted, source, target = task.property, task.source, task.target
    experiment = source.role == "experiment"
    if source.database != target.database:
        route = f"{source.database} → {target.database}"
    elif (source.property or wanted) != (target.property or wanted):
        route = f"{source.database}: {named(source.property or wanted)} → {named(target.property or wanted)}"
    else:
        route = f"{source.database}: {'source' if experiment else 'simulated'} → measured"
    if not experiment:
        return SourceWords(taken=source.property or wanted, route=route)
    aside = ", measured for another property," if (source.property or wanted) != (target.property or wanted) else ""
    return SourceWords("source", "source measurements", aside, "also in the source", source.property or wanted, route)
