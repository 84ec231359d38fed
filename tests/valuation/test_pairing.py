"""The worth of paired trials in a task's fit, against the same errors with their trials shuffled at each n."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fake_tables import Planted, Tables, planted, value

from simworth.valuation.records import PairingWorth


def shuffled(tables: Tables) -> Tables:
    """Trials numbered anew at each n: each size keeps its errors and loses its partners."""
    rng = np.random.default_rng(1)
    numbers = {n: rng.permutation(tables.trials["trial"].max() + 1) for n in tables.trials["n"].unique()}

    def renumbered(table):  # type: ignore[no-untyped-def]
        return table.assign(trial=[numbers[n][t] for n, t in zip(table["n"], table["trial"], strict=True)])

    return replace(tables, trials=renumbered(tables.trials), predictions=renumbered(tables.predictions))


def pairing(tables: Tables) -> PairingWorth:
    found = value(tables).pairing
    assert found is not None
    return found


def test_shuffled_trials_are_worth_themselves() -> None:
    tables = planted(Planted(n_max=70_000, trials=40))
    paired, alone = pairing(tables), pairing(shuffled(tables))
    assert paired.trials == alone.trials == 40
    assert paired.reason == "more than 16 independent trials for each of these"
    assert alone.factor is not None and alone.factor < 1.6
    assert paired.fall_factor is not None and alone.fall_factor is not None
    assert paired.fall_factor > 3 > 1.6 > alone.fall_factor


def test_what_cannot_be_said_has_its_reason() -> None:
    flat = pairing(planted(Planted(d=1e-9)))
    assert flat.factor is None and flat.independent_trials is None
    assert flat.reason == "these trials do not bound alpha"
    assert value(planted(Planted(trials=1))).pairing is None
