"""One ensemble, trained once and copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.cli import main
from tests.model.letters import Lab, lab


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A project after `simworth model density`; its store is `store/` in it."""
    root = tmp_path_factory.mktemp("lab")
    made = lab(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMWORTH_STORE", str(root / "store"))
        patch.setenv("SIMWORTH_WORKERS", "1")
        patch.setenv("SIMWORTH_QUIET", "1")
        assert main(["model", *made.options]) == 0
    return made


@pytest.fixture
def store(trained: Lab, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of `trained`."""
    monkeypatch.setenv("SIMWORTH_STORE", str(trained.root / "store"))
    monkeypatch.setenv("SIMWORTH_WORKERS", "1")
    return trained.root / "store"
