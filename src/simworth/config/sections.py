"""One frozen dataclass per section of params.yaml, validated where it is made.

What is left out takes the study's value (npj Comput. Mater. 11, 146, 2025, Methods and Table 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field, replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from simworth.config.sides import STRICT, Source, Target
from simworth.config.training import Training
from simworth.errors import did_you_mean
from simworth.units import check_unit


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Property:
    """A physical property: its unit, and the range in which values are accepted."""

    unit: str
    """unit of every stored value, as pint spells it; '' for a dimensionless one"""
    range: tuple[float, float]
    """(low, high) in `unit`; values outside are excluded and counted"""
    scale: Literal["linear", "log10"] = "linear"
    """log10: the networks and the errors see the decimal logarithm of the value"""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.range[0] < self.range[1]:
            raise ValueError(f"range must be (low, high) with low < high, got {list(self.range)}")
        if self.scale == "log10" and self.range[0] <= 0:
            raise ValueError(f"range of a log10 property must begin above 0, got {list(self.range)}")
        check_unit(self.unit)
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Database:
    """Which release of a database is selected."""

    releases: tuple[str, ...] = Field(min_length=1)
    """names in the catalogue, in order of precedence: a property is taken whole from the first that holds it"""
    together: bool = False
    """True: a property is taken from all of the releases that hold it"""
    redistribute: bool = True
    """False where no release of it may be passed on: what holds its values goes to the DVC remote `private` alone"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Grid:
    """The sizes of the source set: log-spaced from `n_min` to the number of simulated materials."""

    points: int = Field(default=10, ge=5, le=50)
    n_min: int = Field(default=100, ge=10)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SurfaceGrid:
    """The sizes of the measured training side for the two-dimensional law: log-spaced up to the whole of it."""

    points: int = Field(default=5, ge=3, le=20)
    smallest: float = Field(default=0.2, gt=0, lt=1)
    """the least size, as a share of the training side"""
    trials: int | None = Field(default=None, ge=2)
    """trials at each size; None means the task's. Fewer save time where only the law in n needs them all"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Adaptive:
    """More trials while they help: whole blocks of 10 at every n, from `tasks.<task>.trials` on."""

    max_trials: int = Field(default=500, ge=10)
    """where it ends at the latest; the study's number"""
    narrowing: float = Field(default=0.01, gt=0, lt=1)
    """relative amount by which a block more must narrow the interval of alpha, of C or of the error at n_max; what the
    choice of measured materials brings to these intervals no trial takes away, so that it ends the sooner"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Task:
    """One transfer: what is predicted, from which simulations, for which measurements."""

    property: str
    source: Source
    target: Target
    descriptors: Annotated[tuple[str, ...], Field(min_length=1)]
    """names of registered featurizers, concatenated"""
    learning: Literal["fine-tuning", "multitask"] = "fine-tuning"
    """multitask: polymer-solvent pairs, one network for simulated and measured values"""
    trials: int = Field(default=30, ge=2)
    adaptive: Adaptive | None = None
    """None: as many trials as `trials` says; else that is the start. The n x m grid never takes more"""
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    exclude_overlap: bool = False
    """True takes measured materials out of the source"""
    split: str = "material"
    """a registered split, what is held out whole: material, pair, polymer, solvent, class, cluster, a project's own"""
    like: str = ""
    """the task that this one repeats with another split, source order or protocol; the page shows them side by side.
    Write `<<: *name` beneath it: DVC reads every setting of a task from params.yaml itself"""
    source_order: str = "random"
    """a registered order, which simulations come first: random (drawn by the trial), nearest or farthest (by their
    descriptors' distance to measured materials), proposed, or a project's own"""
    grid: Grid = field(default_factory=Grid)
    surface: SurfaceGrid | None = None
    """the n x m grid of a task whose two-dimensional law is wanted"""
    groups: str = "material_class"
    """a registered grouping, which sorts the measured materials, each group with a curve, a law and advice of its own:
    material_class, distance (how unlike the other measured materials they are), wiedemann_franz (how near their
    measured conductivities are to that law), or a project's own"""
    metrics: tuple[str, ...] = ()
    """registered metrics that the trial table has beside mae, rmse and r2"""
    training: Training = field(default_factory=Training)
    found_by: str = ""
    """how `training` was found, in words, for the page: the study, a search"""

    def surface_trials(self) -> int:
        """Trials at each point of the n x m grid."""
        return self.trials if self.surface is None or self.surface.trials is None else self.surface.trials

    @model_validator(mode="after")
    def _sides_complete(self) -> Self:
        """Both sides have a property and a role from here on."""
        for name, role in (("source", "simulation"), ("target", "experiment")):
            side = getattr(self, name)
            whole = replace(side, property=side.property or self.property, role=side.role or role)
            object.__setattr__(self, name, whole)
        return self

    @model_validator(mode="after")
    def _one_network(self) -> Self:
        several = "source.releases" if self.source.releases else "source.beside" if self.source.beside else ""
        if several and (self.learning != "fine-tuning" or self.training.architecture):
            raise ValueError(f"{several}: is for fine-tuning by the usual network; leave it or `architecture` out")
        if self.training.annealing and self.source.releases:
            raise ValueError("training.annealing: is not for releases that are learned one after the other")
        pretraining = [name for name in ("frozen", "annealing") if getattr(self.training, name)]
        if pretraining and self.learning != "fine-tuning":
            why = "is for fine-tuning; multitask learning pretrains nothing: leave it out"
            raise ValueError(f"training.{pretraining[0]}: {why}")
        if self.source.releases and self.source.beside:
            raise ValueError("source.releases and source.beside: give one of them")
        return self

    @model_validator(mode="after")
    def _room_to_grow(self) -> Self:
        if self.adaptive is not None and self.adaptive.max_trials < self.trials:
            least, got = f"at least trials = {self.trials}", self.adaptive.max_trials
            raise ValueError(f"adaptive.max_trials must be {least}, got {got}")
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BacktestSettings:
    """Orders of simulations to be compared with random draws, only where it is named: `make repro TASKS=<its name>`."""

    task: str
    """a key of `tasks`, whose sizes, measurements and recipe it takes"""
    orders: tuple[str, ...] = Field(default=("nearest", "farthest", "proposed"), min_length=1)
    """registered source orders"""
    trials: int | None = Field(default=None, ge=2)
    """of each order; None: the task's"""
    n_max: int | None = Field(default=None, ge=10)
    """largest n; None: the largest of the task's sizes that leaves simulations out"""
    pooled: tuple[Annotated[str, Field(pattern=r"^[^/]+/[^/]+$")], ...] = ()
    """releases of the catalogue, DATABASE/RELEASE each, whose simulations it takes instead of the task's; of a material
    that several hold the median counts"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FitOptions:
    """How the law is fitted."""

    level: float = Field(default=0.9, gt=0, lt=1)
    """of every interval"""
    law: tuple[str, ...] = ()
    """registered laws that are fitted beside the study's D n^-alpha + C and weighed against it; none: all there are"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tracking:
    """What MLflow is given."""

    models: Literal["auto", "all", "best"] = "auto"
    """auto: every trial's weights up to 2 GB a task, else the best trial per n; the ensemble at n_max always. Asking
    for more later adds it to runs that are there; nothing is taken away"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """params.yaml, whole."""

    seed: int = Field(ge=0)
    """root seed of every trial"""
    databases: dict[str, Database]
    properties: dict[str, Property]
    tasks: dict[str, Task]
    backtests: dict[str, BacktestSettings] = field(default_factory=dict)
    """name -> backtest, none of which the pipeline runs unasked"""
    fit: FitOptions = field(default_factory=FitOptions)
    tracking: Tracking = field(default_factory=Tracking)
    modules: tuple[str, ...] = ()
    """a project's own modules, whose members join the registries (groupings, charts, readers ...): dotted names, or
    files relative to params.yaml"""

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        for section in ("databases", "properties", "tasks"):
            for name in getattr(self, section):
                _file_name(f"{section}.{name}", name)
        for name in self.backtests:
            if name in self.tasks:
                raise ValueError(
                    f"backtests.{name}: a task has that name, by which `simworth run --tasks` finds either"
                )
        for name, task in self.tasks.items():
            _known(f"tasks.{name}.property", task.property, self.properties)
            for label, side in (("source", task.source), ("target", task.target)):
                _known(f"tasks.{name}.{label}.database", side.database, self.databases)
                _known(f"tasks.{name}.{label}.property", side.property, self.properties)
            for prop in task.source.beside:
                _known(f"tasks.{name}.source.beside", prop, self.properties)
            if task.source.releases and not self.databases[task.source.database].together:
                where = f"databases.{task.source.database}"
                raise ValueError(f"tasks.{name}.source.releases: {where} keeps one release; set {where}.together: true")
            if task.like:
                _known(f"tasks.{name}.like", task.like, self.tasks)
                if task.target != self.tasks[task.like].target:
                    raise ValueError(f"tasks.{name}.like: {task.like!r} has another target, so they cannot be compared")
        return self


def _known(where: str, name: str, known: Iterable[str]) -> None:
    if name not in set(known):
        raise ValueError(f"{where}: no {name!r} in params.yaml{did_you_mean(name, known)}")


def _file_name(where: str, name: str) -> None:
    """Names become files and stages (`sweep@name`)."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
        raise ValueError(f"{where}: a name becomes a file: letters, digits, '_', '-' and '.' only, at most 100")
