"""A task with nothing left to look up: what each side holds, in which unit and on which scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from simworth.columns import Quantity
from simworth.config.load import settings_with
from simworth.config.sections import Settings, Task
from simworth.config.sides import Side


@dataclass(frozen=True)
class ResolvedTask:
    """One task of params.yaml, with what its name, its properties and its databases say elsewhere in the file."""

    name: str
    task: Task
    """its section; `property` and `role` of both sides are filled in"""
    seed: int
    """root seed of its trials"""
    level: float
    """of its intervals"""
    laws: tuple[str, ...]
    """registered laws fitted beside the study's; () for all"""
    simulated: Quantity
    """what the source holds"""
    measured: Quantity
    """what the target holds, what is predicted, and what errors are measured in"""
    beside: tuple[Quantity, ...]
    """what the source holds of further properties that are learned with it"""
    open: bool
    """whether both databases may be redistributed"""
    releases: dict[str, tuple[str, ...]]
    """database -> selected releases"""

    @property
    def same_property(self) -> bool:
        """Whether simulated and measured values can be compared."""
        return self.simulated.property == self.measured.property

    @property
    def pairs(self) -> bool:
        """Whether a material is a polymer in a solvent, with one sample a temperature."""
        return self.task.learning == "multitask"


def resolve(settings: Settings, name: str) -> ResolvedTask:
    """Task `name` of settings that hold it."""
    task = settings.tasks[name]
    databases = {side.database: settings.databases[side.database] for side in (task.source, task.target)}
    return ResolvedTask(
        name=name,
        task=task,
        seed=settings.seed,
        level=settings.fit.level,
        laws=settings.fit.law,
        simulated=quantity(settings, task.source),
        measured=quantity(settings, task.target),
        beside=tuple(quantity(settings, replace(task.source, property=name)) for name in task.source.beside),
        open=all(database.redistribute for database in databases.values()),
        releases={database: found.releases for database, found in databases.items()},
    )


def quantity(settings: Settings, side: Side) -> Quantity:
    """What a side's values are."""
    held = settings.properties[side.property]
    return Quantity(side.property, held.unit, held.scale)


def task_of(params: Path, name: str) -> ResolvedTask:
    """The task of a params.yaml; SimworthError where there is none of that name."""
    return resolve(settings_with(params, name), name)
