"""Ways to sort measured materials into groups, each of which has a curve of its own. A task names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
import pandas as pd

from simworth.config.suggest import did_you_mean
from simworth.errors import SimworthError

UNKNOWN: Final = "class unknown"
LORENZ: Final = 2.44e-8
"""W Ohm / K^2, of the Wiedemann-Franz law kappa = L sigma T"""
ROOM: Final = 300.0
"""K"""
TENTH: Final = 0.1
NEAR, FAR = (f"{word} 10 % by the Wiedemann-Franz law" for word in ("nearest", "farthest"))


@dataclass(frozen=True)
class Groups:
    """Which measured material is in which group; a material may be in none."""

    measured: Mapping[str, str]
    """item -> group"""
    simulated: Mapping[str, int]
    """group -> simulated materials in it"""

    @property
    def names(self) -> list[str]:
        """Groups with measured materials, the largest first, then those that are simulated only; unknown last; equal
        ones as they came."""
        counts = Counter(self.measured.values())
        return sorted(
            dict.fromkeys([*self.measured.values(), *self.simulated]),
            key=lambda name: (name == UNKNOWN, -counts[name], -self.simulated.get(name, 0)),
        )


Grouping = Callable[[pd.DataFrame, pd.DataFrame], Groups]
"""(predictions, class table with columns side, item, material_class) -> groups"""
_GROUPINGS: dict[str, Grouping] = {}


def grouping(name: str) -> Callable[[Grouping], Grouping]:
    """Register a way to group under the name that `tasks.<task>.groups` uses."""

    def register(way: Grouping) -> Grouping:
        _GROUPINGS[name] = way
        return way

    return register


def groups_of(name: str, predictions: pd.DataFrame, classes: pd.DataFrame) -> Groups:
    """Groups of a task's tested materials by the grouping that it names."""
    if name not in _GROUPINGS:
        raise SimworthError(f"no grouping {name!r} of materials{did_you_mean(name, _GROUPINGS)}")
    return _GROUPINGS[name](predictions, classes)


def groupings() -> tuple[str, ...]:
    """Names of all ways to group."""
    return tuple(_GROUPINGS)


@grouping("material_class")
def by_class(predictions: pd.DataFrame, classes: pd.DataFrame) -> Groups:
    """By class; no groups where no material's class is known."""
    if not (classes["material_class"] != "").any():
        return Groups({}, {})
    words = classes["material_class"].str.replace("/", " or ", regex=False)  # a slash parts the steps of a place
    named = classes.assign(material_class=words.where(words != "", UNKNOWN))
    sides = {side: rows.set_index("item")["material_class"] for side, rows in named.groupby("side")}
    nothing = pd.Series(dtype=object)
    tested = sides.get("target", nothing)
    measured = {str(item): str(tested.get(item, UNKNOWN)) for item in predictions["item"].unique()}
    counts = Counter(str(name) for name in sides.get("source", nothing))
    return Groups(dict(sorted(measured.items(), key=itemgetter(1, 0))), dict(sorted(counts.items())))


@grouping("wiedemann_franz")
def by_wiedemann_franz(predictions: pd.DataFrame, classes: pd.DataFrame) -> Groups:
    """The tenth of the compositions nearest to kappa = L sigma T at 300 K, and the tenth farthest from it.

    y_sim is log10 of the thermal conductivity kappa in W/(m K), y_true log10 of the electrical conductivity sigma in
    S/m; compositions without kappa are in neither group, nor are those between.
    """
    both = predictions.loc[np.isfinite(predictions["y_sim"]), ["item", "y_true", "y_sim"]].drop_duplicates("item")
    off = (both["y_sim"] - both["y_true"] - np.log10(LORENZ * ROOM)).abs().to_numpy()
    items = both["item"].astype(str).to_numpy()
    items = items[np.lexsort((items, off))]
    size = round(TENTH * len(items))
    measured = dict.fromkeys(items[:size], NEAR) | dict.fromkeys(items[len(items) - size :], FAR)
    return Groups(measured, {NEAR: size, FAR: size} if size else {})
