"""What `mlflow models serve` runs: MLflow calls `_load_pyfunc`, nothing is unpickled, and nothing here needs MLflow."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.environment import store_root
from simworth.model.predictor import Prediction, Predictor
from simworth.registry import load_modules, loaded_modules
from simworth.yaml_files import read_yaml

OUTPUTS: Final = (
    ("structure", "string"),
    ("mean", "double"),
    ("standard_deviation", "double"),
    ("outside", "boolean"),
    ("distance", "double"),
    ("low", "double"),
    ("high", "double"),
    ("note", "string"),
    ("reason", "string"),
)
"""columns of an answer, with MLflow's types; null where there is no prediction"""
_NEEDED: Final = (
    "click", "numpy", "pandas", "pydantic", "pydantic-settings", "pymatgen", "radonpy-pypi", "rdkit", "ruamel.yaml",
    "safetensors", "scikit-learn", "scipy",
)  # fmt: skip


@dataclass(frozen=True)
class Served:
    """The object whose `predict` MLflow calls."""

    predictor: Predictor

    def predict(self, model_input: Any, params: object = None) -> list[dict[str, object]]:
        """One record per row: of column `structure` of a table, or of a plain list."""
        table = _table(model_input)
        if len(table) and "structure" not in table:
            reason = f"a request must have a column 'structure', has: {', '.join(map(str, table.columns))}"
            return [asdict(Prediction(None, reason=reason))] * len(table)
        structures = table.get("structure", pd.Series(dtype=object)).tolist()
        kelvin = table.get("temperature", pd.Series(dtype=object)).astype(object)
        temperatures = kelvin.where(kelvin.notna(), None).tolist()  # a table has NaN where a record named none
        return [asdict(one) for one in self.predictor.predict(structures, temperatures)]


def _table(model_input: Any) -> pd.DataFrame:
    """A request in any of MLflow's forms: a table, columns, records, or structures."""
    if isinstance(model_input, pd.DataFrame):
        return model_input
    if isinstance(model_input, Mapping):
        columns = {name: [_plain(value) for value in np.atleast_1d(values)] for name, values in model_input.items()}
        return pd.DataFrame(columns, dtype=object)
    rows = list(np.atleast_1d(model_input)) if isinstance(model_input, np.ndarray | str) else list(model_input)
    if rows and all(isinstance(row, Mapping) for row in rows):
        return pd.DataFrame([{name: _plain(value) for name, value in row.items()} for row in rows], dtype=object)
    return pd.DataFrame({"structure": pd.Series([_plain(row) for row in rows], dtype=object)})


def _plain(value: Any) -> Any:
    """MLflow hands texts over as arrays of one."""
    if isinstance(value, np.ndarray):
        return value.item() if value.size == 1 else value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def requirements(more: Sequence[str] = ()) -> tuple[str, ...]:
    """What a fresh environment needs to serve, at the versions of this one; `more` than all models need."""
    return tuple(f"{name}=={version(name)}" for name in dict.fromkeys((*_NEEDED, *more)))


def _load_pyfunc(path: str) -> Served:
    """From MLflow's copy of models/<task>/."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _load_own(Path(path).resolve().parents[1])
    served = Served(Predictor.load(Path(path), _store()))
    served.predictor.predict([served.predictor.ensemble.card.example])  # the chemistry loads before the first request
    return served


def _load_own(model: Path) -> None:
    """The project's own modules that MLflow's copy of a model brings, unless this process has the same."""
    about = read_yaml(model / "MLmodel") if (model / "MLmodel").is_file() else {}
    for name in (about.get("metadata") or {}).get("modules", ()):
        file = model / "code" / name
        if not name.endswith(".py") or file.read_bytes() not in loaded_modules().values():
            load_modules([name], file.parent)


def _store() -> Path:
    """The usual store of descriptors, or one that lasts as long as the server where that cannot be written."""
    usual = store_root()
    try:
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return usual
    except OSError:
        return Path(tempfile.mkdtemp(prefix="simworth-"))
