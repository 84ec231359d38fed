"""Allocation of budgets between simulations and experiments, for one step or several ahead."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize

from simworth.scaling.inputs import POSITIVE, check_number

CHOICES = 500
"""Whole numbers of the scarcer thing that are tried."""


class Allocation(NamedTuple):
    """What to add next."""

    dn: int
    """simulations"""
    dm: int
    """experiments"""


class Step(NamedTuple):
    """One budget's spending and where it leads."""

    dn: int
    dm: int
    n: float
    m: float
    error: float
    cost: float


def plan(
    error: Callable[[float, float], float],
    budget: float,
    cost_simulation: float,
    cost_experiment: float,
    n: float,
    m: float,
    steps: int,
) -> list[Step]:
    """Spend `steps` budgets so that the error ends lowest, each budget as well as that end allows.

    error(n, m) must fall and be convex in both, as the surface is: then the best split of any budget is
    unique.
    """
    given = {"budget": budget, "cost_simulation": cost_simulation, "cost_experiment": cost_experiment, "n": n, "m": m}
    for name, value in given.items():
        check_number(name, value, POSITIVE, 0.0)
    if int(steps) != steps or steps < 1:
        raise ValueError(f"steps: must be a whole number, 1 or more, got {steps}")
    price = (cost_simulation, cost_experiment)
    whole = best_split(error, budget * steps, price, n, m)
    left = (float(whole.dn), float(whole.dm))
    path = []
    for _ in range(int(steps)):
        spent = best_split(error, budget, price, n, m, left)
        n, m = n + spent.dn, m + spent.dm
        left = (left[0] - spent.dn, left[1] - spent.dm)
        cost = spent.dn * cost_simulation + spent.dm * cost_experiment
        path.append(Step(spent.dn, spent.dm, n, m, float(error(n, m)), cost))
    return path


def best_split(
    error: Callable[[float, float], float],
    budget: float,
    price: tuple[float, float],
    n: float,
    m: float,
    most: tuple[float, float] = (np.inf, np.inf),
) -> Allocation:
    """The whole numbers (dn, dm) within budget, and within `most`, with the lowest error.

    Of what there is less of, every number is tried (those about the best split into parts of units, where there are
    more than CHOICES), and the rest of the budget buys the other: nothing that could still be bought is left.
    """
    tops = [int(min(budget / cost + 1e-9, limit)) for cost, limit in zip(price, most, strict=True)]
    scarce = int(tops[1] < tops[0])

    def filled(count: float, whole: bool = True) -> tuple[float, float]:
        rest = (budget * (1 + 1e-12) - count * price[scarce]) / price[1 - scarce]
        other = min(max(np.floor(rest + 1e-9) if whole else rest, 0.0), most[1 - scarce])
        return (count, other) if scarce == 0 else (other, count)

    def error_of(count: float, whole: bool = True) -> float:
        dn, dm = filled(count, whole)
        return float(error(n + dn, m + dm))

    top = tops[scarce]
    first, last = 0, top
    if top >= CHOICES:
        found = optimize.minimize_scalar(
            lambda count: error_of(count, whole=False), bounds=(0.0, float(top)), method="bounded",
            options={"xatol": 1e-9 * top},
        )  # fmt: skip
        first, last = max(math.ceil(found.x - CHOICES / 2), 0), min(math.floor(found.x + CHOICES / 2), top)
    choices = sorted({0, *range(first, last + 1), top})
    dn, dm = filled(min((float(count) for count in choices), key=error_of))
    return Allocation(int(dn), int(dm))
