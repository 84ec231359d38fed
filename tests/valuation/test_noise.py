"""What half the noise of the simulations buys, on planted errors whose fall is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.valuation.noise import fall_by_half

RISE = 0.02
"""planted rise of the error by twice the noise's variance"""


def planted(seed: int, trials: int = 10, items: int = 40) -> list[pd.DataFrame]:
    """Errors at the noise and at twice it: of each material its own, of each trial its own, and what is left."""
    rng = np.random.default_rng(seed)
    own, rises = rng.normal(0.5, 0.2, items), rng.normal(RISE, RISE, items)
    tested = [(trial, item) for trial in range(trials) for item in rng.choice(items, items // 2, replace=False)]
    table = pd.DataFrame(tested, columns=["trial", "item"])
    mean = own[table["item"]] + 0.05 * rng.normal(size=trials)[table["trial"]]
    names = table.assign(item=table["item"].astype(str), cluster=table["item"].astype(str))
    at = [0.0, rises[table["item"]]]
    return [names.assign(error=mean + one + rng.normal(0, 0.03, len(table))) for one in at]


@pytest.mark.parametrize("power", [0.05, 0.5, 1.0])
def test_the_interval_covers_the_planted_fall(power: float) -> None:
    """An error c + k v^p falls by 2^-p times its rise."""
    found = [fall_by_half(planted(seed), 0.9)[1] for seed in range(60)]
    truth = RISE * 2**-power
    assert np.mean([one.value for one in found]) == pytest.approx(RISE / 2**0.5, rel=0.1)
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.88


def test_a_fall_that_is_not_there_is_not_told() -> None:
    same = planted(1)
    same[1] = same[0].assign(error=same[0]["error"] + np.random.default_rng(3).normal(0, 0.03, len(same[0])))
    found = fall_by_half(same, 0.9)[1]
    assert found.low < 0 < found.high
