"""Valued made-up tasks, computed once."""

from __future__ import annotations

import pytest
from fake_tables import Planted, Tables, planted, value

from simworth.valuation.records import Fit


@pytest.fixture(scope="session")
def density() -> Tables:
    return planted(Planted())


@pytest.fixture(scope="session")
def valued(density: Tables) -> Fit:
    return value(density)
