"""Tasks with one target, compared on the same test materials: planted differences and exchange rates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.errors import SimworthError
from simworth.valuation.compare import compare, compare_text, comparisons
from simworth.valuation.cube import Errors

SIZES = (100, 200, 400, 800, 1600)


def curves(*falls: float, trials: int = 20, materials: int = 60, seed: int = 0) -> list[Errors]:
    """Errors of sources whose error falls as fall x n^-.5 + .05, on the same materials, hard and easy ones."""
    rng = np.random.default_rng(seed)
    hard = rng.gamma(2.0, 0.5, materials)
    tested = [np.flatnonzero(rng.random(materials) < 0.25) for _ in range(trials)]
    found = []
    for fall in falls:
        rows = [
            (n, trial, f"m{i}", (fall * n**-0.5 + 0.05) * hard[i] * rng.gamma(8.0, 1 / 8))
            for n in SIZES
            for trial, items in enumerate(tested)
            for i in items
        ]
        table = pd.DataFrame(rows, columns=["n", "trial", "item", "error"])
        table["cluster"] = table["item"]
        found.append(Errors(table, table.iloc[:0]))
    return found


def test_a_source_that_is_twice_as_good_is_worth_four_times_the_simulations() -> None:
    """fall 1 at n = 400 equals fall .5 at n = 100; over 40 seeds, the intervals hold the truth as often as they say."""
    held = {"at_equal_n": 0, "equal_n": 0}
    for seed in range(40):
        worse, better = curves(1.0, 0.5, seed=seed)
        found = compare(worse, better, 0.9)
        truth = 0.5 * 1600**-0.5
        held["at_equal_n"] += found.at_equal_n.low <= truth <= found.at_equal_n.high
        held["equal_n"] += found.equal_n.low <= 400 <= found.equal_n.high
    assert held["at_equal_n"] >= 31 and held["equal_n"] >= 32, held


def test_both_directions_agree() -> None:
    worse, better = curves(1.0, 0.5)
    found = comparisons({"worse": worse, "better": better}, 0.9)
    there, back = found["worse"]["better"], found["better"]["worse"]
    assert there.at_equal_n.value == pytest.approx(-back.at_equal_n.value)
    assert there.materials == 60 and there.trials == 20
    assert 200 < there.equal_n.value < 800 and there.worth.value == pytest.approx(there.equal_n.value / 1600)
    assert back.equal_n.value == np.inf and back.equal_n.low > 1000  # the worse source never gets there
    said = compare_text("worse", "better", there)
    assert "worse errs by" in said and "more" in said and "one simulation of worse is worth 0." in said
    assert "is not reached by worse with its 1,600" in compare_text("better", "worse", back)


def test_alike_sources_are_not_told_apart() -> None:
    one, other = curves(1.0, 1.0)
    found = compare(one, other, 0.9)
    assert found.at_equal_n.low < 0 < found.at_equal_n.high
    assert found.equal_n.low < 1600 and found.equal_n.high == np.inf
    assert "not told apart" in compare_text("one", "other", found)


def test_pairing_narrows_the_interval() -> None:
    """Materials differ far more than sources: the difference is known better than either error."""
    one, other = curves(1.0, 0.9)
    found = compare(one, other, 0.9)
    error = one.at(1600).groupby("item")["error"].mean()
    alone = 2 * 1.67 * error.std() / np.sqrt(len(error))
    assert found.at_equal_n.high - found.at_equal_n.low < alone


def test_other_test_materials_are_refused() -> None:
    one, other = curves(1.0)[0], curves(1.0, seed=5)[0]
    assert comparisons({"one": one, "other": other}, 0.9) == {"one": {}, "other": {}}
    with pytest.raises(SimworthError, match="compare tasks with one target, one split"):
        compare(one, other, 0.9)
