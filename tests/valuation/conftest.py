"""Valued made-up tasks, computed once."""

from __future__ import annotations

import pytest
from fake_tables import Planted, Tables, planted

from simworth.valuation.task import TaskValuation, value_task


@pytest.fixture(scope="session")
def density() -> Tables:
    return planted(Planted())


@pytest.fixture(scope="session")
def valued(density: Tables) -> TaskValuation:
    return value_task(density.trials, density.predictions, density.summary, 0.9)
