"""`simworth propose`: which candidates to simulate next, for the materials that are measured or wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Settings
from simworth.config.resolve import resolve
from simworth.errors import SimworthError
from simworth.features.descriptors import describe
from simworth.model.predictor import Predictor, canonical_parts
from simworth.prepare.records import Prepared
from simworth.sweep.orders import PROPOSED, coverage_order, points
from simworth.valuation.backtest import Backtest, order_sentence

COLUMNS: Final = ("monomer_ID", "smiles", "score", "coverage", "disagreement", "distance", "cost")
"""of the list; RadonPy reads the first two"""


@dataclass(frozen=True)
class Ranking:
    """A list of simulations, and what must be known of it."""

    table: pd.DataFrame
    """columns COLUMNS, best first, within the budget"""
    notes: tuple[str, ...]
    """whether the backtest supports it, and how many candidates were left out and why"""


def propose(
    settings: Settings, prepared: Prepared, candidates: pd.DataFrame, wanted: Sequence[str], cost: str, model: Path
) -> Ranking:
    """Rank `candidates` (column smiles, a column named `cost` or '') for `wanted` structures, else the measured ones.

    docs/propose.md states the rule. `model`: folder of the task's ensemble, whose disagreement counts where it exists.
    """
    what, data = resolve(settings, prepared.record.task), prepared.ready()
    if what.pairs:
        raise SimworthError(f"task {what.name}: its materials are pairs; propose ranks single structures")
    kind = "polymer" if "*" in data.target.items[0] else "composition"
    for column in ("smiles", *filter(None, (cost,))):
        if column not in candidates:
            raise SimworthError(f"candidates: no column {column!r}; columns: {', '.join(map(str, candidates.columns))}")
    given = candidates.assign(structure=_canonical(list(candidates["smiles"]), kind))
    fresh = given[(given["structure"] != "") & ~given["structure"].isin(data.source.items)].drop_duplicates("structure")
    raw = _described(what.task.descriptors, list(fresh["structure"]))
    known = np.isfinite(raw).all(axis=1)
    fresh, places = fresh[known].reset_index(drop=True), data.transform(raw[known])
    if fresh.empty:
        raise SimworthError("candidates: none is new, readable and described; give other structures in column 'smiles'")
    targets = _targets(what.task.descriptors, wanted, kind, data.transform) if wanted else points(data, data.target)
    spread = _disagreement(model, list(fresh["structure"]))
    price = fresh[cost].to_numpy(float) if cost else np.ones(len(fresh))
    if not (np.isfinite(price) & (price > 0)).all():
        raise SimworthError(f"candidates: every value of column {cost!r} must be above 0")
    weight = spread / spread.mean() / price
    found = coverage_order(places, targets, points(data, data.source), weight)
    table = pd.DataFrame(
        {
            "monomer_ID": fresh.get("monomer_ID", pd.Series(np.arange(len(fresh)))).astype(str),
            "smiles": fresh["structure"],
            "score": found.gain * weight,
            "coverage": found.gain,
            "disagreement": spread,
            "distance": found.distance,
            "cost": price,
        }
    ).iloc[np.argsort(found.rank, kind="stable")]
    left_out = len(candidates) - len(table)
    why = "simulated already, repeated, unreadable or undescribed"
    return Ranking(table.reset_index(drop=True), (f"{left_out:,} candidates left out: {why}",))


def within(table: pd.DataFrame, budget: float) -> pd.DataFrame:
    """The first rows whose costs the budget pays."""
    return table[table["cost"].cumsum() <= budget]


def backtest_sentence(folder: Path, task: str) -> tuple[bool, str]:
    """Whether `proposed` beat random draws by the task's backtest in `folder`, and a sentence that says so."""
    path = folder / f"{task}.backtest.json"
    found = Backtest.read(path).order(PROPOSED) if path.is_file() else None
    if found is None:
        return False, f"{task}: no backtest of this order was run (`simworth backtest {task}`)"
    return found.better, f"{task}: by its backtest, {order_sentence(found)}"


def _canonical(given: Sequence[object], kind: str) -> list[str]:
    found = {one: canonical_parts(one, kind).parts for one in dict.fromkeys(given)}
    return [found[one][0] if found[one] else "" for one in given]


def _described(descriptors: Sequence[str], structures: list[str]) -> np.ndarray:
    return np.hstack([describe(structures, name).values for name in descriptors])


def _targets(descriptors: Sequence[str], wanted: Sequence[str], kind: str, transform: object) -> np.ndarray:
    raw = _described(descriptors, [one for one in _canonical(wanted, kind) if one])
    raw = raw[np.isfinite(raw).all(axis=1)]
    if not len(raw):
        raise SimworthError("wanted: no structure could be read and described")
    found: np.ndarray = transform(raw)  # type: ignore[operator]
    return found


def _disagreement(model: Path, structures: list[str]) -> np.ndarray:
    """(structures,) standard deviation over the ensemble's networks; 1 where there is no ensemble."""
    if not (model / "model.json").is_file():
        return np.ones(len(structures))
    found = [one.standard_deviation for one in Predictor.load(model).predict(structures)]
    spread = np.array([np.nan if one is None else one for one in found])
    middle = np.nanmedian(spread) if np.isfinite(spread).any() else 1.0
    return np.where(np.isfinite(spread) & (spread > 0), spread, middle or 1.0)
