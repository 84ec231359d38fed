"""Predictions of an ensemble: mean, standard deviation and interval, and whether a structure is outside its domain."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from simworth.columns import Quantity
from simworth.data.kinds import KINDS, Canonical, canonical
from simworth.errors import SimworthError
from simworth.learning.transforms import LabelTransform
from simworth.model.domain import Domain, beyond, nearest, structure_columns
from simworth.model.ensemble import Ensemble, forward, read_ensemble
from simworth.model.records import Descriptor
from simworth.terminal import table

_LOG = logging.getLogger(__name__)
ROOM: Final = 298.15
"""K, where a request names no temperature"""
_NO_BETTER: Final = "no better than the mean of the measurements"
_Sample = tuple[tuple[str, ...], float]
"""canonical structures, and the temperature of a pair in K"""


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
    """whether structure, solvent or temperature lies outside those of training"""
    distance: float | None = None
    """to the nearest training structure, in units of the distance beyond which a structure is outside; above 1 for
    temperatures outside, too"""
    low: float | None = None
    """lower end of the predictive interval, in the model's unit; None where the model has none"""
    high: float | None = None
    """its upper end; the card says of which level it is and what coverage was found"""
    note: str = ""
    """what a user must know of the numbers"""
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
        return Quantity(card.property, card.unit, card.scale).error_unit()

    @cached_property
    def _labels(self) -> LabelTransform:
        return LabelTransform.from_tensors(self.ensemble.tensors)

    @cached_property
    def _domains(self) -> list[Domain]:
        """One a part of a sample: polymers and solvents of pairs, else one."""
        limits = self.ensemble.card.domain.limits
        return [Domain(self.ensemble.tensors[f"domain.points{part}"], limit) for part, limit in enumerate(limits)]

    def predict(self, structures: Sequence[Any], temperatures: Sequence[float | None] = ()) -> list[Prediction]:
        """One prediction per structure, in order; a structure that cannot be used says why and hurts no other.

        `temperatures` in K belong to the structures of pairs, ROOM where missing; other tasks have their own.
        """
        kind = self.ensemble.card.kind
        pair = KINDS[kind].is_pair
        kelvin = [_kelvin(one) for one in temperatures] or [ROOM] * len(structures)
        texts = dict.fromkeys(one for one in structures if isinstance(one, str))
        parts = {text: canonical_parts(text, kind) for text in texts}
        described, reasons = self._describe(sorted({one.structure for found in parts.values() for one in found} - {""}))
        out: list[Prediction] = []
        wanted: dict[_Sample, list[int]] = {}
        for place, (given, warmth) in enumerate(zip(structures, kelvin, strict=True)):
            found = parts[given] if isinstance(given, str) else canonical_parts(None, kind)
            bad = [one.reason or reasons.get(one.structure, "") for one in found]
            bad.append("" if not pair or 0 < warmth < math.inf else "temperature must be a number of K above 0")
            out.append(Prediction(given, reason=next(filter(None, bad), "")))
            if not any(bad):
                sample = tuple(one.structure for one in found), warmth if pair else ROOM
                wanted.setdefault(sample, []).append(place)
        for places, numbers in zip(wanted.values(), self._ask(list(wanted), described), strict=True):
            for place in places:
                out[place] = replace(numbers, structure=structures[place])
        return out

    def _ask(self, wanted: Sequence[_Sample], described: Mapping[str, np.ndarray]) -> list[Prediction]:
        """Of distinct samples."""
        if not wanted:
            return []
        raw = np.array([[described[part] for part in parts] for parts, _ in wanted])
        samples, parts, _ = raw.shape
        if parts > 1:  # the solvent is marked by 1, as in training
            flag = np.broadcast_to(np.arange(parts, dtype=float), (samples, parts))
            warmth = np.repeat([[kelvin] for _, kelvin in wanted], parts, axis=1)
            raw = np.concatenate([raw, np.stack([flag, warmth, 1 / warmth], axis=2)], axis=2)
        x = self.ensemble.card.input_transform(raw.reshape(samples * parts, -1)).reshape(samples, parts, -1)
        return self.of_inputs(x, np.array([kelvin for _, kelvin in wanted]))

    def of_inputs(self, x: np.ndarray, kelvin: np.ndarray | None = None) -> list[Prediction]:
        """One prediction per sample of transformed inputs x (samples, parts, columns); kelvin (samples,) of pairs.
        Their `structure` is ''."""
        values, _ = self._labels.inverse(forward(self.ensemble.tensors, x))
        parts = x[..., : structure_columns(self.ensemble.card.input_transform)]
        far = [domain.distance(parts[:, part]) for part, domain in enumerate(self._domains)]
        if kelvin is not None and (bounds := self.ensemble.card.domain.temperature):
            far.append(beyond(kelvin, *bounds))
        mean, distance = values.mean(axis=0), np.max(far, axis=0)
        deviation = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(len(x))
        made = [
            Prediction("", float(middle), float(sd), bool(away > 1), float(away))
            for middle, sd, away in zip(mean, deviation, distance, strict=True)
        ]
        calibration = self.ensemble.card.interval
        if calibration is None:
            return made
        points = [self.ensemble.tensors[f"measured.points{part}"] for part in range(parts.shape[1])]
        measured = np.max([nearest(one, parts[:, part]) for part, one in enumerate(points)], axis=0)
        half = calibration.half_width(deviation, measured, outside=distance > 1)
        notes = [_NO_BETTER if width >= calibration.marginal else "" for width in half]
        return [
            replace(one, low=float(low), high=float(high), note=note)
            for one, low, high, note in zip(made, mean - half, mean + half, notes, strict=True)
        ]

    def _describe(self, structures: list[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Canonical structure -> (descriptors,) values, and structure -> reason of those that have none."""
        from simworth.features import describe  # loads the chemistry

        if not structures:
            return {}, {}
        parts: list[np.ndarray] = []
        reasons: dict[str, str] = {}
        for wanted in self.ensemble.card.descriptors:
            _check(wanted, self.ensemble.card.task)
            found = describe(structures, wanted.name, self.store)
            parts.append(found.values)
            reasons |= {one.structure: f"{one.featurizer}: {one.reason}" for one in found.failures}
        return dict(zip(structures, np.concatenate(parts, axis=1), strict=True)), reasons


def _kelvin(given: float | None) -> float:
    """A temperature of a request, ROOM where none is given; what is no number is NaN, which is refused."""
    if given is None:
        return ROOM
    return float(given) if isinstance(given, int | float | np.number) else math.nan


def _check(wanted: Descriptor, task: str) -> None:
    """Descriptors must be those that the networks were trained on."""
    from simworth.features import get_featurizer

    ours = get_featurizer(wanted.name)
    if ours.version != wanted.version:
        raise SimworthError(
            f"model {task}: was trained on descriptors {ours.name} version {wanted.version}, this SimWorth computes "
            f"version {ours.version}; run `dvc repro` to train it anew"
        )
    if ours.digest != wanted.digest:
        _LOG.warning("model %s: descriptors %s now come from other library versions", task, ours.name)


def canonical_parts(given: Any, kind: str) -> list[Canonical]:
    """A structure of a request: one, or the two of a pair, joined by '|' as in 'polymer|solvent'; what cannot be used
    is one refusal. `kind` is a registered kind."""
    if not isinstance(given, str) or not given.strip():
        return [Canonical("", "not a text, or an empty one")]
    texts = given.split("|")
    if len(texts) != len(KINDS[kind].parts):
        return [Canonical("", f"must be one of {KINDS[kind].words}")]
    found = [canonical(kind, [text.strip()], 1, part)[0] for part, text in enumerate(texts)]
    return [one for one in found if one.reason][:1] or found


def as_records(made: Sequence[Prediction]) -> str:
    """JSON list, one object a structure; null where there is no prediction."""
    return json.dumps([asdict(one) for one in made], indent=1, ensure_ascii=False)


def as_table(made: Sequence[Prediction], unit: str) -> str:
    """Aligned columns."""
    label = f" ({unit})" if unit else ""
    header = (f"mean{label}", "low", "high", "sd", "outside", "structure")
    return table(header, [_row(one) for one in made], right=range(5))


def _row(one: Prediction) -> tuple[str, str, str, str, str, str]:
    if one.mean is None or one.standard_deviation is None:
        return "-", "-", "-", "-", "-", f"{one.structure}  ({one.reason})"
    low, high = ("-" if end is None else f"{end:.4g}" for end in (one.low, one.high))
    note = f"  ({one.note})" if one.note else ""
    outside = "yes" if one.outside else "no"
    return f"{one.mean:.4g}", low, high, f"{one.standard_deviation:.2g}", outside, f"{one.structure}{note}"
