"""What a valuation is called."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simworth.digests import table_digest, valuation_digest
from tests.tracking.made import SIZES, predictions, trial_table

TRIALS = trial_table(3, 0, SIZES)
PREDICTIONS = predictions(TRIALS)


def digest(**changed: object) -> str:
    settings = {"trials": TRIALS, "predictions": PREDICTIONS, "level": 0.9, "law_version": "1", **changed}
    return valuation_digest(**settings)  # type: ignore[arg-type]


def one_changed(table: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    other = table.copy()
    other.loc[other.index[-1], column] = value
    return other


def test_what_decides_it() -> None:
    different = [
        digest(),
        digest(trials=one_changed(TRIALS, "mae", 0.5)),
        digest(trials=one_changed(TRIALS, "reason", "x")),
        digest(trials=one_changed(TRIALS, "seed", 3)),
        digest(trials=TRIALS.iloc[:-1]),
        digest(trials=TRIALS[::-1]),
        digest(predictions=one_changed(PREDICTIONS, "item", "*O*")),
        digest(predictions=one_changed(PREDICTIONS, "y_sim", 1.0)),
        digest(level=0.95),
        digest(law_version="2"),
    ]
    assert len(set(different)) == len(different) and all(len(one) == 32 for one in different)


def test_what_does_not() -> None:
    assert digest(trials=TRIALS.set_index(TRIALS.index + 5)) == digest()


@pytest.mark.parametrize("settings", [{}, {"compression": "gzip"}, {"row_group_size": 2, "use_dictionary": False}])
def test_how_a_table_was_written_does_not_matter(tmp_path: Path, settings: dict[str, object]) -> None:
    TRIALS.to_parquet(tmp_path / "t.parquet", index=False, **settings)  # type: ignore[call-overload]
    assert table_digest(pd.read_parquet(tmp_path / "t.parquet")) == table_digest(TRIALS)


def test_columns_do_not_run_into_each_other() -> None:
    assert table_digest(pd.DataFrame({"a": ["x", "y"]})) != table_digest(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    assert table_digest(pd.DataFrame({"a": [1]})) != table_digest(pd.DataFrame({"a": [1.0]}))
