"""`simworth propose`: what to simulate next, and which materials to measure (docs/propose.md has the rule)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import POOLED, Settings
from simworth.config.resolve import resolve
from simworth.data.kinds import canonical, kind_of
from simworth.errors import SimworthError
from simworth.features.descriptor_store import describe
from simworth.features.material_classes import material_classes
from simworth.learning.transforms import InputTransform
from simworth.model.ensemble import CARD, any_card
from simworth.model.predictor import Predictor
from simworth.model.records import NoModel
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.orders import PROPOSED, RANDOM, coverage_order, likeness, points
from simworth.valuation.backtest import (
    NO_CLASS,
    PARTS,
    SHOWN,
    Backtest,
    ProposedList,
    ProposedRow,
    order_sentence,
    today,
)
from simworth.valuation.records import Fit, Valued

COLUMNS: Final = ("monomer_ID", "smiles", "class", "score", *PARTS)
"""of the list; RadonPy reads the first two"""
_GAINS: Final = (0.5, 2.0)
"""bounds of a class's gain, whose law rests on few materials"""
_WANTED: Final = 2000
"""structures at most that measurements are to cover; of more, evenly spaced ones"""


@dataclass(frozen=True)
class ProposalInputs:
    """What a task knows when the next materials are chosen."""

    settings: Settings
    prepared: Prepared
    model: Path
    """folder of the ensemble; its networks' disagreement counts where there is one"""
    fit: Path
    """the task's fit; the gains of classes count where there is one"""

    @property
    def data(self) -> TaskData:
        """The task's arrays; SimworthError for pairs, which are not ranked."""
        name, data = self.prepared.record.task, self.prepared.ready()
        if resolve(self.settings, name).pairs:
            raise SimworthError(f"task {name}: its materials are pairs; propose ranks single structures")
        return data

    @property
    def descriptors(self) -> tuple[str, ...]:
        """Of the task."""
        return self.settings.tasks[self.prepared.record.task].descriptors

    @property
    def kind(self) -> str:
        """Of its materials."""
        return kind_of(self.data.target.items)


def propose(
    known: ProposalInputs, candidates: pd.DataFrame, wanted: Sequence[str], cost: str
) -> tuple[pd.DataFrame, str]:
    """Candidates (column smiles, and one named `cost` unless '') for the `wanted` structures, else the measured ones.

    Returns a table of columns COLUMNS, best first, and how many were left out.
    """
    data = known.data
    given = candidates.assign(structure=_canonical(list(candidates["smiles"]), known.kind))
    fresh = given[(given["structure"] != "") & ~given["structure"].isin(data.source.items)].drop_duplicates("structure")
    raw = _described(known.descriptors, list(fresh["structure"]))
    finite = np.isfinite(raw).all(axis=1)
    fresh, places = fresh[finite].reset_index(drop=True), data.transform(raw[finite])
    if fresh.empty:
        raise SimworthError("candidates: none is new, readable and described; give other structures in column 'smiles'")
    targets = _targets(known, wanted, data.transform) if wanted else points(data, data.target)
    price = pd.to_numeric(fresh[cost], errors="coerce").to_numpy(float) if cost else np.ones(len(fresh))
    if not (np.isfinite(price) & (price > 0)).all():
        raise SimworthError(f"candidates: every value of column {cost!r} must be above 0")
    spread = _disagreement(known.model, list(fresh["structure"]))
    classes, gain = _gains(class_gains(known.fit), list(fresh["structure"]))
    alike = likeness(places, targets)
    alike = np.ones(len(fresh)) if alike is None else alike
    weight = alike * gain * spread / spread.mean() / price
    found = coverage_order(places, targets, points(data, data.source), weight)
    table = pd.DataFrame(
        {
            "monomer_ID": fresh.get("monomer_ID", pd.Series(np.arange(len(fresh)))).astype(str),
            "smiles": fresh["structure"],
            "class": classes,
            "score": found.gain * weight,
            "coverage": found.gain,
            "likeness": alike,
            "class_gain": gain,
            "disagreement": spread,
            "distance": found.distance,
            "cost": price,
        }
    ).iloc[np.argsort(found.rank, kind="stable")]
    why = "simulated already, repeated, unreadable or undescribed"
    return table.reset_index(drop=True), f"{len(candidates) - len(table):,} candidates left out: {why}"


def to_measure(known: ProposalInputs, wanted: Sequence[str], count: int) -> list[str]:
    """The first `count` simulated materials to measure next, so that measurements cover the `wanted` structures, else
    the simulated ones; those on which the ensemble disagrees count more."""
    data = known.data
    fresh = np.flatnonzero(~np.isin(data.source.items, data.target.items))
    if not len(fresh):
        name, simulated = known.prepared.record.task, len(data.source.items)
        raise SimworthError(f"task {name}: all {simulated:,} simulated materials are measured; simulate others first")
    names, places = [data.source.items[k] for k in fresh], points(data, data.source)
    every = places[np.linspace(0, len(places) - 1, min(len(places), _WANTED)).astype(int)]
    targets = _targets(known, wanted, data.transform) if wanted else every
    spread = _disagreement(known.model, names)
    found = coverage_order(places[fresh], targets, points(data, data.target), spread / spread.mean())
    return [names[k] for k in np.argsort(found.rank, kind="stable")[:count]]


def within(table: pd.DataFrame, budget: float) -> pd.DataFrame:
    """The first rows whose costs the budget pays."""
    return table[table["cost"].cumsum() <= budget]


def proposal_of(task: str, chosen: pd.DataFrame, better: bool, sentence: str) -> ProposedList:
    """What the page shows of the chosen rows."""
    classes = chosen["class"].replace("", NO_CLASS).value_counts()
    return ProposedList(
        task=task,
        date=today(),
        order=PROPOSED if better else RANDOM,
        support=sentence,
        simulations=len(chosen),
        cost=float(chosen["cost"].sum()),
        classes={str(name): int(number) for name, number in classes.items()},
        first=tuple(
            ProposedRow(
                smiles=str(row["smiles"]),
                material_class=str(row["class"]),
                score=float(row["score"]),
                parts={name: float(row[name]) for name in PARTS},
            )
            for _, row in chosen.head(SHOWN).iterrows()
        ),
    )


def backtest_sentence(folder: Path, task: str) -> tuple[bool, str]:
    """Whether `proposed` beat random draws by the task's backtest in `folder`, and a sentence that says so."""
    path = folder / f"{task}.backtest.json"
    run = Backtest.read(path) if path.is_file() else None
    if run is None or (found := run.order(PROPOSED)) is None:
        return False, f"{task}: no backtest of this order was run (`simworth backtest {task}`)"
    of = f" of {' and '.join(together)} together" if (together := run.releases.get(POOLED)) else ""
    return found.better, f"{task}: by its backtest{of}, {order_sentence(found)}"


def class_gains(path: Path) -> dict[str, float]:
    """Class -> what a doubling of the simulations lowers its error by, by the class's law, relative to the mean over
    measured materials, within _GAINS; empty where no class has a law or none gains."""
    entry = Fit.read(path).entry if path.is_file() else None
    if not isinstance(entry, Valued) or entry.grouping is None or entry.grouping.by != "material_class":
        return {}
    falls = {
        name: (max(float(fall.value), 0.0), one.measured)
        for name, one in entry.classes.items()
        if (fall := one.doubling_lowers_mae_by) is not None
    }
    total = sum(measured for _, measured in falls.values())
    mean = sum(fall * measured for fall, measured in falls.values()) / max(total, 1)
    return {name: float(np.clip(fall / mean, *_GAINS)) for name, (fall, _) in falls.items()} if mean > 0 else {}


def _gains(known: Mapping[str, float], structures: list[str]) -> tuple[list[str], np.ndarray]:
    """(structures,) class, '' where no class has a law, and its gain, 1 where its class has none."""
    if not known:
        return [""] * len(structures), np.ones(len(structures))
    about = {"side": "target", "item": structures, "structure": structures, "partner": "", "material_class": ""}
    found = material_classes(pd.DataFrame(about)).set_index("item")["material_class"].reindex(structures)
    classes = [str(name) for name in found]
    return classes, np.array([known.get(name.replace("/", " or "), 1.0) for name in classes])


def _canonical(given: Sequence[object], kind: str) -> list[str]:
    """Canonical form of each structure, '' of what is none, pairs included."""
    texts = [one.strip() if isinstance(one, str) and "|" not in one else "" for one in given]
    distinct = list(dict.fromkeys(filter(None, texts)))
    found = {text: one.structure for text, one in zip(distinct, canonical(kind, distinct), strict=True)}
    return [found.get(text, "") for text in texts]


def _described(descriptors: Sequence[str], structures: list[str]) -> np.ndarray:
    return np.hstack([describe(structures, name).values for name in descriptors])


def _targets(known: ProposalInputs, wanted: Sequence[str], transform: InputTransform) -> np.ndarray:
    raw = _described(known.descriptors, [one for one in _canonical(wanted, known.kind) if one])
    raw = raw[np.isfinite(raw).all(axis=1)]
    if not len(raw):
        raise SimworthError("wanted: no structure could be read and described")
    return transform(raw)


def _disagreement(model: Path, structures: list[str]) -> np.ndarray:
    """(structures,) standard deviation over the ensemble's networks; 1 where there is no ensemble."""
    if not (model / CARD).is_file() or isinstance(any_card(model), NoModel):
        return np.ones(len(structures))
    found = [one.standard_deviation for one in Predictor.load(model).predict(structures)]
    spread = np.array([np.nan if one is None else one for one in found])
    middle = np.nanmedian(spread) if np.isfinite(spread).any() else 1.0
    return np.where(np.isfinite(spread) & (spread > 0), spread, middle or 1.0)
