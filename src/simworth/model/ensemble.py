"""An ensemble: `ensemble.safetensors` for the numbers, `model.json` for their meaning, and its forward pass.

All in NumPy: taking a model home needs no training library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.model.records import FORMAT, ModelCard, NoModel

CARD: Final = "model.json"
TENSORS: Final = "ensemble.safetensors"
Weights = Mapping[str, np.ndarray]
"""`<layer>.weight` (trials, inputs, outputs) and `<layer>.bias` (trials, outputs)"""
_ROWS: Final = 1024
"""samples at once; bounds memory at some 60 MB for 30 trials of 512 units"""


@dataclass(frozen=True)
class Ensemble:
    """What models/<task>/ holds."""

    card: ModelCard
    tensors: dict[str, np.ndarray]
    """(trials, ...) `<layer>.weight`, `<layer>.bias`, `label.*`; (structures, columns) `domain.points<part>` and
    `measured.points<part>`"""


def write_ensemble(folder: Path, card: ModelCard, tensors: Mapping[str, np.ndarray]) -> None:
    """Lay down both files; the same content gives the same bytes."""
    content = save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / TENSORS, content)
    card.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()}).write(folder / CARD)


def write_none(folder: Path, card: NoModel) -> None:
    """The card alone, of a task without an ensemble."""
    (folder / TENSORS).unlink(missing_ok=True)
    card.write(folder / CARD)


def read_card(folder: Path) -> ModelCard:
    """model.json of an ensemble that can be used; SimworthError says why it cannot."""
    card = any_card(folder)
    if isinstance(card, NoModel):
        raise SimworthError(f"model {card.task}: there is none, the task is {card.status}: {card.reason}")
    return card


def any_card(folder: Path) -> ModelCard | NoModel:
    """model.json, also of a task that has no ensemble; SimworthError where it cannot be read."""
    try:
        text = (folder / CARD).read_text(encoding="utf-8")
        content = json.loads(text)
    except FileNotFoundError:
        raise SimworthError(
            f"model {folder}: there is no {CARD}; run `dvc repro model@{folder.name}` to make it"
        ) from None
    except (OSError, ValueError) as error:
        raise SimworthError(f"model {folder}: {CARD} cannot be read ({error}); run `dvc repro` again") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SimworthError(f"model {folder}: {CARD} must be of format {FORMAT}; run `dvc repro` to make it anew")
    kind = ModelCard if content.get("status") == "ok" else NoModel
    return kind.from_json(text, str(folder / CARD))


def read_ensemble(folder: Path) -> Ensemble:
    """Both files, checked against each other."""
    card = read_card(folder)
    try:
        content = (folder / TENSORS).read_bytes()
        tensors = load(content)
    except (OSError, SafetensorError) as error:
        raise SimworthError(f"model {folder}: {TENSORS} cannot be read ({error}); run `dvc repro` again") from None
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise SimworthError(f"model {folder}: {TENSORS} is not the file that {CARD} describes; run `dvc repro` again")
    return Ensemble(card, tensors)


def forward(weights: Weights, x: np.ndarray) -> np.ndarray:
    """(samples, parts, inputs) transformed descriptors -> (trials, samples) transformed labels, float64.

    One part is a perceptron's (hidden0, ..., output), ReLU between layers. Two are a pair's: an encoder (encoder0, ...)
    with tanh on its last layer, and a head (measured0, measured1) on the squared difference of both encodings.
    """
    x = np.asarray(x, dtype=np.float32)
    parts = [_chunk(weights, x[start : start + _ROWS]) for start in range(0, len(x), _ROWS)]
    trials = len(next(iter(weights.values())))
    return np.concatenate(parts, axis=1).astype(np.float64) if parts else np.zeros((trials, 0))


def _chunk(weights: Weights, x: np.ndarray) -> np.ndarray:
    hidden = names(weights, "hidden")
    if hidden or "output.weight" in weights:
        answer: np.ndarray = _through(weights, [*hidden, "output"], x[None, :, 0])[..., 0]
        return answer
    encoder = names(weights, "encoder")
    first, second = (np.tanh(_through(weights, encoder, x[None, :, part])) for part in (0, 1))
    difference: np.ndarray = _through(weights, names(weights, "measured"), (first - second) ** 2)[..., 0]
    return difference


def _through(weights: Weights, layers: list[str], x: np.ndarray) -> np.ndarray:
    """(trials or 1, samples, inputs) -> (trials, samples, outputs), ReLU after all layers but the last."""
    for place, name in enumerate(layers):
        x = x @ weights[f"{name}.weight"] + weights[f"{name}.bias"][:, None]
        if place < len(layers) - 1:
            np.maximum(x, 0, out=x)
    return x


def stacked(blocks: Sequence[Mapping[str, np.ndarray]], trials: Sequence[int]) -> dict[str, np.ndarray]:
    """(trials, ...) arrays of the trials named, from the arrays of consecutive whole blocks, the first of trial 0."""
    rows = np.array(trials, dtype=int)
    return {name: np.concatenate([block[name] for block in blocks])[rows] for name in blocks[0]}


def names(weights: Weights, kind: str) -> list[str]:
    """Layers of one kind, in order: hidden0, hidden1, ..."""
    return list(takewhile(lambda name: f"{name}.weight" in weights, (f"{kind}{index}" for index in count())))


def shapes(weights: Weights) -> dict[str, list[int]]:
    """Layer -> [inputs, outputs]."""
    tables = {name: value for name, value in weights.items() if name.endswith(".weight")}
    return {name.removesuffix(".weight"): [int(n) for n in value.shape[1:]] for name, value in sorted(tables.items())}
