"""Made-up interaction parameters of polymer-solvent pairs, in the format of the study's two files."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simworth.demo.hidden import World
from simworth.demo.kinds import PAIR, TEMPERATURES, Pair
from simworth.demo.polymers import compose_polymers
from simworth.demo.solvents import compose_solvents

POLYMERS: Final = 20
SOLVENTS: Final = 20
SIMULATED: Final = 240
"""pairs at most; no more than polymers are simulated"""
MEASURED: Final = 60
"""pairs at most; a quarter of the simulated ones where those are fewer"""
CENTRE: Final = 0.6
SPREAD: Final = 0.3
NOISE: Final = 0.15
"""standard deviation of a measurement, in those of chi"""
ZERO_CELSIUS: Final = 273.15


def chi_tables(world: World, size: int, bias: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(simulated, measured) chi; all measured pairs are simulated too, as in the study."""
    simulated = _pairs(world, min(size, SIMULATED))
    measured = simulated[: min(MEASURED, len(simulated) // 4)]
    truth = world.truth("chi", measured, PAIR)
    truth = truth + NOISE * world.rng("measurement noise", "chi").normal(size=len(truth))
    names = ["with oxygen" if "O" in polymer else "without oxygen" for polymer, _, _ in measured]
    return _table(simulated, world.simulated("chi", simulated, bias, PAIR)), _table(measured, truth).assign(
        polymer_class=names
    )


def _pairs(world: World, count: int) -> list[Pair]:
    """Distinct pairs in random order, each at one temperature."""
    rng = world.rng("pairs")
    polymers, solvents = compose_polymers(POLYMERS, rng), compose_solvents(SOLVENTS, rng)
    drawn = rng.permutation(POLYMERS * SOLVENTS)[:count]
    kelvin = rng.choice(TEMPERATURES, size=count)
    return [(polymers[k // SOLVENTS], solvents[k % SOLVENTS], float(at)) for k, at in zip(drawn, kelvin, strict=True)]


def _table(pairs: list[Pair], standard: np.ndarray) -> pd.DataFrame:
    polymers, solvents, kelvin = zip(*pairs, strict=True)
    return pd.DataFrame(
        {
            "ps_pair": [f"{polymer}_{solvent}" for polymer, solvent in zip(polymers, solvents, strict=True)],
            "temp": np.round(np.array(kelvin) - ZERO_CELSIUS, 2),
            "chi": (CENTRE + 4 * SPREAD * np.tanh(standard / 4)).round(6),
        }
    )
