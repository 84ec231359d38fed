"""What half the noise of the simulations buys, on planted errors whose fall is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.scaling import Estimate
from simworth.valuation.noise import NoiseStudy, NoisyPoint, falls, replicates_sentence

SLOPE = 0.02
"""planted rise of the error by the noise's variance"""


def planted(seed: int, trials: int = 10, items: int = 40) -> list[pd.DataFrame]:
    """Errors at one to three times the noise: of each material its own, of each trial its own, and what is left."""
    rng = np.random.default_rng(seed)
    own, slopes = rng.normal(0.5, 0.2, items), rng.normal(SLOPE, SLOPE, items)
    tested = [(trial, item) for trial in range(trials) for item in rng.choice(items, items // 2, replace=False)]
    table = pd.DataFrame(tested, columns=["trial", "item"])
    mean = own[table["item"]] + 0.05 * rng.normal(size=trials)[table["trial"]]
    names = table.assign(item=table["item"].astype(str), cluster=table["item"].astype(str))
    return [
        names.assign(error=mean + slopes[table["item"]] * variance + rng.normal(0, 0.03, len(table)))
        for variance in (1, 2, 3)
    ]


def test_the_interval_covers_the_planted_fall() -> None:
    found = [falls(planted(seed), 0.9)[1] for seed in range(100)]
    assert np.mean([one.value for one in found]) == pytest.approx(SLOPE / 2, rel=0.05)
    assert 0.82 <= np.mean([one.low <= SLOPE / 2 <= one.high for one in found]) <= 0.98


def test_a_bend_shows() -> None:
    tables = planted(1)
    straight = falls(tables, 0.9)[2]
    assert straight.low < 0 < straight.high
    tables[1]["error"] += 0.05
    assert falls(tables, 0.9)[2].low > 0


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
        points=(NoisyPoint(variance=1, mae=0.04), NoisyPoint(variance=2, mae=0.041), NoisyPoint(variance=3, mae=0.042)),
        halving=halving,
        bend=Estimate(0.0, -0.1, 0.1),
        doubling=doubling,
    )


def test_the_sentence_says_which_buys_more() -> None:
    small, large, wide = Estimate(0.001, 0.0, 0.002), Estimate(0.01, 0.005, 0.02), Estimate(0.004, -0.01, 0.02)
    assert replicates_sentence(study(small, large)).endswith("new structures buy more")
    assert replicates_sentence(study(large, small)).endswith("replicates buy more")
    assert replicates_sentence(study(small, wide)).endswith("is not told apart")
    assert "there is no law" in replicates_sentence(study(small, None))
