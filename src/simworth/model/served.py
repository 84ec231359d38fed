"""What `mlflow models serve` runs: MLflow calls `_load_pyfunc`, nothing is unpickled, and nothing here needs MLflow."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from simworth.model.predictor import Predictor
from simworth.store import store_root

INPUTS: Final = (("structure", "string"),)
PAIR_INPUTS: Final = (("structure", "string"), ("temperature", "double"))
OUTPUTS: Final = (
    ("structure", "string"),
    ("mean", "double"),
    ("standard_deviation", "double"),
    ("outside", "boolean"),
    ("distance", "double"),
    ("reason", "string"),
)
"""columns of request and answer, with MLflow's types; an answer holds null where there is no prediction"""
_NEEDED: Final = (
    "click",
    "matminer",
    "mendeleev",
    "numpy",
    "pandas",
    "pydantic",
    "radonpy-pypi",
    "rdkit",
    "ruamel.yaml",
    "safetensors",
    "scikit-learn",
    "scipy",
    "tqdm",
)


@dataclass(frozen=True)
class Served:
    """The object whose `predict` MLflow calls."""

    predictor: Predictor

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """One record per structure: of column `structure` of a table, or of a plain list."""
        if not isinstance(model_input, pd.DataFrame):
            return [asdict(one) for one in self.predictor.predict(list(model_input))]
        if len(model_input) and "structure" not in model_input:
            given = ", ".join(map(str, model_input.columns))
            raise ValueError(f"a request must have a column 'structure', has: {given}")
        structures = model_input.get("structure", pd.Series(dtype=object)).tolist()
        temperatures = model_input["temperature"].tolist() if "temperature" in model_input else []
        return [asdict(one) for one in self.predictor.predict(structures, temperatures)]


def requirements() -> tuple[str, ...]:
    """What a fresh environment needs to serve, at the versions of this one."""
    return tuple(f"{name}=={version(name)}" for name in _NEEDED)


def _load_pyfunc(path: str) -> Served:
    """From MLflow's copy of models/<task>/."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    served = Served(Predictor.load(Path(path), _store()))
    served.predictor.predict(
        [served.predictor.ensemble.card["example"]]
    )  # the chemistry loads before the first request
    return served


def _store() -> Path:
    """The usual store of descriptors, or one that lasts as long as the server where that cannot be written."""
    usual = store_root()
    try:
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return usual
    except OSError:
        return Path(tempfile.mkdtemp(prefix="simworth-"))
