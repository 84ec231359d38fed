"""Structures in, property out: mean and standard deviation over the ensemble, and whether to believe it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simworth.errors import SimworthError
from simworth.learning.transforms import InputTransform, LabelTransform
from simworth.model.domain import Domain
from simworth.model.ensemble import Ensemble, read_ensemble
from simworth.model.network import forward

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """What is known of one structure; all but `structure` and `reason` are None where there is no prediction."""

    structure: Any
    """as it was given"""
    mean: float | None = None
    """over the trials, in the model's unit"""
    standard_deviation: float | None = None
    """over the trials, in the model's unit: how far the networks disagree, not the error to expect"""
    outside: bool | None = None
    """whether the structure lies outside the training descriptors"""
    distance: float | None = None
    """to the nearest training structure, in units of the distance beyond which a structure is outside"""
    reason: str = ""
    """why there is no prediction"""


@dataclass(frozen=True)
class Predictor:
    """A task's ensemble, ready to be asked."""

    ensemble: Ensemble
    store: Path | None = None
    """folder of kept descriptors, None for the usual one"""

    @classmethod
    def load(cls, folder: Path, store: Path | None = None) -> Predictor:
        """From models/<task>/; SimworthError where there is no model."""
        return cls(read_ensemble(folder), store)

    @property
    def unit(self) -> str:
        """Of mean and standard deviation."""
        card = self.ensemble.card
        if card["scale"] == "log10":
            return f"log10({card['unit']})" if card["unit"] else "log10"
        return str(card["unit"])

    @cached_property
    def _inputs(self) -> InputTransform:
        return InputTransform.from_dict(self.ensemble.card["input_transform"])

    @cached_property
    def _labels(self) -> LabelTransform:
        return LabelTransform.from_tensors(self.ensemble.tensors)

    @cached_property
    def _domain(self) -> Domain:
        return Domain(self.ensemble.tensors["domain.points"], float(self.ensemble.card["domain"]["limit"]))

    def predict(self, structures: Sequence[Any]) -> list[Prediction]:
        """One prediction per structure, in order; a structure that cannot be used says why and hurts no other."""
        kind = self.ensemble.card["kind"]
        read = {one: canonical(one, kind) for one in dict.fromkeys(map(_text, structures))}
        usable = sorted({structure for structure, reason in read.values() if not reason})
        made = self._predict(usable)
        out = []
        for given in structures:
            structure, reason = read[_text(given)]
            out.append(_said(given, made[structure]) if not reason else Prediction(given, reason=reason))
        return out

    def _predict(self, structures: list[str]) -> dict[str, Prediction]:
        """Canonical structure -> prediction."""
        if not structures:
            return {}
        described, reasons = self._describe(structures)
        fine = [row for row, structure in enumerate(structures) if structure not in reasons]
        out = {structure: Prediction(structure, reason=reason) for structure, reason in reasons.items()}
        if not fine:
            return out
        x = self._inputs(described[fine])
        values, _ = self._labels.inverse(forward(self.ensemble.tensors, x))
        distance = self._domain.distance(x)
        deviation = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(len(fine))
        for place, row in enumerate(fine):
            out[structures[row]] = Prediction(
                structures[row],
                float(values[:, place].mean()),
                float(deviation[place]),
                bool(distance[place] > 1),
                float(distance[place]),
            )
        return out

    def _describe(self, structures: list[str]) -> tuple[np.ndarray, dict[str, str]]:
        """(structures, columns) descriptors, and structure -> reason of those that have none."""
        from simworth.features import describe  # loads the chemistry

        parts: list[np.ndarray] = []
        reasons: dict[str, str] = {}
        for wanted in self.ensemble.card["descriptors"]:
            _check(wanted, str(self.ensemble.card["task"]))
            found = describe(structures, wanted["name"], self.store)
            parts.append(found.values)
            reasons |= {one.structure: f"{one.featurizer}: {one.reason}" for one in found.failures}
        return np.concatenate(parts, axis=1), reasons


def canonical(structure: str, kind: str) -> tuple[str, str]:
    """(canonical structure, '') or ('', why it cannot be used). `kind` is polymer or composition."""
    if not structure:
        return "", "not a text, or an empty one"
    if kind != "polymer":
        return structure.strip(), ""
    from simworth.data.structures import StructureError, canonical_polymer

    try:
        return canonical_polymer(structure), ""
    except StructureError as error:
        return "", str(error)


def _text(given: Any) -> str:
    """A structure as text, '' where it is none."""
    return given if isinstance(given, str) else ""


def _said(given: Any, made: Prediction) -> Prediction:
    return Prediction(given, made.mean, made.standard_deviation, made.outside, made.distance, made.reason)


def _check(wanted: dict[str, Any], task: str) -> None:
    """Descriptors must be those that the networks were trained on."""
    from simworth.features import get_featurizer

    ours = get_featurizer(wanted["name"])
    if ours.version != wanted["version"]:
        raise SimworthError(
            f"model {task}: was trained on descriptors {ours.name} version {wanted['version']}, this SimWorth computes "
            f"version {ours.version}; run `dvc repro` to train it anew"
        )
    if ours.digest != wanted["digest"]:
        _LOG.warning("model %s: descriptors %s now come from other library versions", task, ours.name)
