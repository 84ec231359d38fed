"""An ensemble's two files: `ensemble.safetensors` for the numbers, `model.json` for what they mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from simworth.errors import SimworthError
from simworth.files import write_whole

FORMAT: Final = 2
"""raised when older files cannot be read any more"""
CARD: Final = "model.json"
TENSORS: Final = "ensemble.safetensors"


@dataclass(frozen=True)
class Ensemble:
    """What models/<task>/ holds."""

    card: dict[str, Any]
    """task, status, property, unit, scale, kind, descriptors, input_transform, layers, releases, n, m, trials, seed,
    domain, libraries, example, sha256"""
    tensors: dict[str, np.ndarray]
    """(trials, ...) `<layer>.weight`, `<layer>.bias`, `label.*`; (structures, columns) `domain.points<part>` and
    `measured.points<part>`"""


def write_ensemble(folder: Path, card: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Lay down both files; the same content gives the same bytes. Without tensors only the card is written."""
    whole = {"format": FORMAT, **card}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TENSORS).unlink(missing_ok=True)
    if tensors:
        content = save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
        whole["sha256"] = hashlib.sha256(content).hexdigest()
        write_whole(folder / TENSORS, content)
    write_whole(folder / CARD, (json.dumps(whole, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())


def read_card(folder: Path) -> dict[str, Any]:
    """model.json of an ensemble that can be used; SimworthError says why it cannot."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SimworthError(
            f"model {folder}: there is no {CARD}; run `dvc repro model@{folder.name}` to make it"
        ) from None
    except (OSError, ValueError) as error:
        raise SimworthError(f"model {folder}: {CARD} cannot be read ({error}); run `dvc repro` again") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise SimworthError(f"model {folder}: {CARD} must be of format {FORMAT}; run `dvc repro` to make it anew")
    if card["status"] != "ok":
        raise SimworthError(f"model {card['task']}: there is none, the task is {card['status']}: {card['reason']}")
    return card


def read_ensemble(folder: Path) -> Ensemble:
    """Both files, checked against each other."""
    card = read_card(folder)
    try:
        content = (folder / TENSORS).read_bytes()
        tensors = load(content)
    except (OSError, SafetensorError) as error:
        raise SimworthError(f"model {folder}: {TENSORS} cannot be read ({error}); run `dvc repro` again") from None
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise SimworthError(f"model {folder}: {TENSORS} is not the file that {CARD} describes; run `dvc repro` again")
    return Ensemble(card, tensors)
