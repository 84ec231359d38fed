"""Ways to sort measured materials into groups, each of which has a curve of its own. A task names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
import pandas as pd

from simworth.columns import Quantity
from simworth.errors import SimworthError
from simworth.registry import Registry

UNKNOWN: Final = "class unknown"
LORENZ: Final = 2.44e-8
"""W Ohm / K^2, of the Wiedemann-Franz law kappa = L sigma T"""
ROOM: Final = 300.0
"""K"""
TENTH: Final = 0.1
NEAR, FAR = (f"{word} 10 % by the Wiedemann-Franz law" for word in ("nearest", "farthest"))

LIKE, BETWEEN, UNLIKE = "like other measured ones (nearest third)", "between", "unlike them (farthest third)"


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


@dataclass(frozen=True)
class Materials:
    """What a grouping may look at."""

    predictions: pd.DataFrame
    """columns item, y_true, y_sim and more (`simworth.columns.PREDICTION_COLUMNS`)"""
    classes: pd.DataFrame
    """columns side (source | target), item, material_class; for the grouping by distance also distance"""
    measured: Quantity
    """what y_true and y_pred hold"""
    simulated: Quantity
    """what y_sim holds: the source's property, on its own scale"""


Grouping = Callable[[Materials], Groups]
GROUPINGS: Final[Registry[Grouping]] = Registry("grouping", "simworth.groupings")
"""name that `tasks.<task>.groups` uses -> grouping"""


@GROUPINGS.register("material_class")
def by_class(materials: Materials) -> Groups:
    """By class; no groups where no material's class is known."""
    predictions, classes = materials.predictions, materials.classes
    if not (classes["material_class"] != "").any():
        return Groups({}, {})
    words = classes["material_class"].str.replace("/", " or ", regex=False)  # a slash separates the parts of a path
    named = classes.assign(material_class=words.where(words != "", UNKNOWN))
    sides = {side: rows.set_index("item")["material_class"] for side, rows in named.groupby("side")}
    nothing = pd.Series(dtype=object)
    tested = sides.get("target", nothing)
    measured = {str(item): str(tested.get(item, UNKNOWN)) for item in predictions["item"].unique()}
    counts = Counter(str(name) for name in sides.get("source", nothing))
    return Groups(dict(sorted(measured.items(), key=itemgetter(1, 0))), dict(sorted(counts.items())))


@GROUPINGS.register("wiedemann_franz")
def by_wiedemann_franz(materials: Materials) -> Groups:
    """The tenth of the compositions nearest to kappa = L sigma T at 300 K, and the tenth farthest from it.

    Source: thermal conductivity kappa in W/(m K); target: electrical conductivity sigma in S/m; on any scale.
    Compositions without kappa are in neither group, nor are those between.
    """
    for quantity, unit in ((materials.simulated, "W/(m K)"), (materials.measured, "S/m")):
        if quantity.unit != unit:
            raise SimworthError(
                f"grouping wiedemann_franz: {quantity.property} must be in {unit}, is in {quantity.unit or 'no unit'}; "
                f"set properties.{quantity.property}.unit, or choose another of {', '.join(GROUPINGS)}"
            )
    known = np.isfinite(materials.predictions["y_sim"])
    both = materials.predictions.loc[known, ["item", "y_true", "y_sim"]].drop_duplicates("item")
    kappa, sigma = materials.simulated.log10(both["y_sim"]), materials.measured.log10(both["y_true"])
    off = np.abs(kappa - sigma - np.log10(LORENZ * ROOM))
    items = both["item"].astype(str).to_numpy()
    items = items[np.lexsort((items, off))]
    size = round(TENTH * len(items))
    measured = dict.fromkeys(items[:size], NEAR) | dict.fromkeys(items[len(items) - size :], FAR)
    return Groups(measured, {NEAR: size, FAR: size} if size else {})


@GROUPINGS.register("distance")
def by_distance(materials: Materials) -> Groups:
    """Thirds of the tested materials by their descriptors' distance to the nearest other measured material, and how
    many simulated ones lie as far: what the error is for materials like the measured ones and unlike them."""
    if "distance" not in materials.classes:
        raise SimworthError("grouping distance: the table of classes has no distances; run `dvc repro`")
    far = {side: rows.set_index("item")["distance"] for side, rows in materials.classes.groupby("side")}
    tested = far["target"].reindex(sorted(map(str, materials.predictions["item"].unique()))).sort_values(kind="stable")
    ends = [tested.iloc[round(len(tested) * share) - 1] for share in (1 / 3, 2 / 3)]

    def group(distances: pd.Series) -> np.ndarray:
        return np.array([LIKE, BETWEEN, UNLIKE])[np.searchsorted(ends, distances.to_numpy(float))]

    counts = Counter(group(far["source"]).tolist()) if "source" in far else {}
    return Groups(dict(zip(tested.index, group(tested).tolist(), strict=True)), dict(counts))
