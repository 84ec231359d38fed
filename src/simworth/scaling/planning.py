"""Where the next money goes: simulations or experiments, one budget or several ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize


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
    _check(budget=budget, cost_simulation=cost_simulation, cost_experiment=cost_experiment)
    _check(n=n, m=m)
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
    """The whole numbers (dn, dm) within budget, and within `most`, with the lowest error."""
    top = min(budget / price[1], most[1])

    def simulations(dm: float) -> float:
        return min((budget - dm * price[1]) / price[0], most[0])

    found = optimize.minimize_scalar(
        lambda dm: float(error(n + max(simulations(dm), 0.0), m + dm)), bounds=(0.0, top), method="bounded",
        options={"xatol": 1e-9 * max(top, 1.0)},
    )  # fmt: skip
    near = {0.0, np.floor(top + 1e-9), np.floor(found.x), np.ceil(found.x)}
    choices = [
        Allocation(int(np.floor(max(simulations(dm), 0.0) + 1e-9)), int(dm))
        for dm in sorted(near)
        if dm * price[1] <= budget * (1 + 1e-12) and dm <= most[1]
    ]
    return min(choices, key=lambda choice: float(error(n + choice.dn, m + choice.dm)))


def _check(**values: float) -> None:
    for name, value in values.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name}: must be finite and positive, got {value}")
