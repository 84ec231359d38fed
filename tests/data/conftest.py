"""Services that hold releases, as this machine plays them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.data.server import Services, serving


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with serving() as made:
        monkeypatch.setenv("SIMWORTH_UPSTREAM", made.address)
        yield made
