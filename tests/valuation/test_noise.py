"""What half the noise of the simulations buys, on planted errors whose fall is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.scaling import Estimate
from simworth.valuation.noise import NoiseStudy, NoisyPoint, fall_by_half, replicates_sentence

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


def study(halving: Estimate, doubling: Estimate | None) -> NoiseStudy:
    return NoiseStudy(
        task="density",
        date="2026-11-27",
        releases={"radonpy": ("PI1070",)},
        unit="g/cm^3",
        level=0.9,
        n=1077,
        m=65,
        trials=10,
        replicates=4.6,
        noise=0.003,
        points=(NoisyPoint(variance=1, mae=0.04), NoisyPoint(variance=2, mae=0.041)),
        halving=halving,
        doubling=doubling,
    )


def test_the_sentence_says_which_buys_more() -> None:
    small, large, wide = Estimate(0.001, 0.0, 0.002), Estimate(0.01, 0.005, 0.02), Estimate(0.004, -0.01, 0.02)
    assert replicates_sentence(study(small, large)).endswith("new structures buy more")
    assert replicates_sentence(study(large, small)).endswith("replicates buy more")
    assert replicates_sentence(study(small, wide)).endswith("is not told apart")
    assert "there is no law" in replicates_sentence(study(small, None))
