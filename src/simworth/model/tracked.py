"""An ensemble and its work units as MLflow is given them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from simworth.tracking.records import MODEL_TAG, VALUATION_TAG, ModelRecord
from simworth.tracking.sizes import Models


def _weights(digests: Sequence[str]) -> Sequence[Mapping[str, np.ndarray]] | None:
    from simworth.model.weights import kept_weights

    return kept_weights(digests)


def _file(blocks: Sequence[Mapping[str, np.ndarray]], trials: Sequence[int], about: Mapping[str, Any]) -> bytes:
    from simworth.model.weights import weights_file

    return weights_file(blocks, trials, about)


def _seconds(digests: Sequence[str]) -> Sequence[float | None]:
    from simworth.model.weights import kept_seconds

    return kept_seconds(digests)


def model_record(folder: Path, task: str, valuation: str, digest: str) -> ModelRecord:
    """What is registered for models/<task>/; the package goes along, so that a fresh environment can serve it."""
    import simworth
    from simworth.data.kinds import KINDS
    from simworth.model.ensemble import read_card
    from simworth.model.served import OUTPUTS, requirements

    card = read_card(folder)
    releases = {database: ", ".join(names) for database, names in card["releases"].items()}
    pair = KINDS[card["kind"]].is_pair
    unit = f" in {card['unit']}" if card["unit"] else ""
    facts = {key: card[key] for key in ("property", "unit", "scale", "kind", "n", "m", "domain", "interval")}
    return ModelRecord(
        name=task,
        folder=folder,
        loader="simworth.model.served",
        code=Path(simworth.__file__).parent,
        example={"structure": [card["example"]], **({"temperature": [298.15]} if pair else {})},
        outputs=OUTPUTS,
        requirements=requirements(),
        tags={
            MODEL_TAG: digest,
            VALUATION_TAG: valuation,
            "simworth.n": str(card["n"]),
            "simworth.releases": json.dumps(releases),
        },
        metadata={**facts, "releases": releases},
        description=f"{card['property']}{unit}: mean and standard deviation of {len(card['trials'])} networks, "
        f"pretrained on {card['n']} simulations, fine-tuned on {card['m']} measurements",
    )


MODELS: Final = Models(_weights, _file, _seconds, model_record)
