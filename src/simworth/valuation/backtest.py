"""What to simulate next, for the page: the backtest of source orders, and the list that `simworth propose` made.

A backtest says what a strategy would have saved, had the database been built by it. Every order takes the n first of
the same simulations and is tested on the same materials as random draws are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from simworth.records import EstimateField, Record
from simworth.scaling import Estimate
from simworth.valuation.compare import Paired
from simworth.valuation.cube import Errors
from simworth.valuation.words import count, figure, span

PARTS: Final = ("coverage", "likeness", "class_gain", "disagreement", "distance", "cost")
"""of a candidate's score (docs/propose.md)"""
NEXT: Final = Path("reports/next")
"""folder of a project that the page's stage depends on, in git"""
README: Final = "What `simworth backtest` and `simworth propose` left for the page; commit it.\n"
SHOWN: Final = 10
"""rows of a list that the page shows"""
NO_CLASS: Final = "class unknown"


class ProposedRow(Record):
    """A simulation of the list."""

    smiles: str
    material_class: str
    """'' where no class has a law"""
    score: float
    parts: dict[str, float]
    """PARTS"""


class ProposedList(Record):
    """reports/next/<task>.proposal.json: the list that `simworth propose` wrote, in short."""

    made_by: ClassVar[str] = "simworth propose"

    format: int = 1
    task: str
    date: str
    """YYYY-MM-DD"""
    order: str
    """proposed; random where no backtest supports the order"""
    support: str
    """what the backtest says"""
    simulations: int
    cost: float
    classes: dict[str, int]
    """class -> simulations in the list"""
    first: tuple[ProposedRow, ...]
    """SHOWN at most"""


class OrderPoint(Record):
    """One size of the source set."""

    n: int
    random: float
    """mean absolute error of random draws"""
    difference: EstimateField
    """this order's error less that of random draws"""
    reaches: EstimateField
    """simulations of this order that give the error of n random ones; low 0 and high null where that may lie outside
    the sizes that were run, null value: none of them does"""


class OrderOutcome(Record):
    """One order against random draws."""

    order: str
    points: tuple[OrderPoint, ...]
    """ascending n"""
    overall: EstimateField
    """its error less that of random draws, mean over all sizes"""

    @property
    def better(self) -> bool:
        """Whether it errs less by more than chance."""
        return bool(self.overall.high < 0)


def today() -> str:
    """YYYY-MM-DD."""
    return datetime.now(UTC).date().isoformat()


class Experiment(Record):
    """What a task was trained for beside its sweep; intervals cover trials and the choice of measured materials."""

    format: int = 1
    task: str
    date: str
    """of the run, YYYY-MM-DD"""
    releases: dict[str, tuple[str, ...]]
    """database -> selected releases"""
    unit: str
    level: float
    m: int
    """measured materials learned from"""
    trials: int


class Backtest(Experiment):
    """reports/next/<task>.backtest.json."""

    made_by: ClassVar[str] = "simworth backtest"

    simulated: int
    """simulations that an order chooses from"""
    materials: int
    """measured materials tested"""
    orders: tuple[OrderOutcome, ...]

    def order(self, name: str) -> OrderOutcome | None:
        """The order of this name, None where it was not tested."""
        return next((one for one in self.orders if one.order == name), None)


def against_random(errors: Mapping[str, Errors], random: Errors, level: float) -> tuple[OrderOutcome, ...]:
    """Each order against random draws of the same sizes."""
    return tuple(_tested(name, ours, random, level) for name, ours in errors.items())


def _tested(name: str, ours: Errors, random: Errors, level: float) -> OrderOutcome:
    ahead, back = Paired.of(ours, random, level), Paired.of(random, ours, level)
    drawn = dict(zip(random.n, back.mean[: len(random.n)], strict=True))
    points = tuple(
        OrderPoint(n=int(n), random=float(drawn[n]), difference=ahead.difference(n, n), reaches=back.equal_n(n))
        for n in ours.n
    )
    overall = (round(end, 12) + 0.0 for end in ahead.mean_difference())  # the same draws differ by rounding
    return OrderOutcome(order=name, points=points, overall=Estimate(*overall))


def order_sentence(found: OrderOutcome, unit: str = "") -> str:
    """Whether an order beats random draws, and by how much."""
    value, low, high = found.overall
    word = "beats" if found.better else "does harm beside" if low > 0 else "is not told apart from"
    unit = f" {unit}" if unit else ""
    middle = found.points[len(found.points) // 2]
    return (
        f"{found.order} {word} random draws: its error differs by {figure(value)}{unit} over all n "
        f"(interval {figure(low)} to {figure(high)}); the error of {count(middle.n)} random simulations takes "
        f"{_reached(middle)}"
    )


def _reached(point: OrderPoint) -> str:
    value, low, high = point.reaches
    bounds = "not known" if not low and np.isinf(high) else span(low or None, high, places=0)
    return f"more than were run (interval {bounds})" if np.isinf(value) else f"{count(round(value))} ({bounds})"
