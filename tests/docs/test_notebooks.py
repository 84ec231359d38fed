"""Notebooks run from first to last, and what they say of their numbers is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the code cells of a notebook, one after the other; the names that they leave."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")

    def runs(name: str) -> dict[str, Any]:
        cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
        names: dict[str, Any] = {}
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
        return names

    yield runs
    pyplot.close("all")


def test_the_learning_curve(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("learning-curve.ipynb")
    law, ax, forecast = (names[name] for name in ("law", "ax", "forecast"))
    assert forecast.low < names["error"][-1] < forecast.high, "what came later lies in the interval"
    assert f"{law.verdict} {law.gap}" in capsys.readouterr().out
    drawn = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    assert drawn["errors"].tolist() == [[x, y] for x, y in zip(names["n"][:8], names["error"][:8], strict=True)]
    assert drawn["came later"].shape == (3, 2)


def test_every_notebook_is_run() -> None:
    assert [path.name for path in sorted(NOTEBOOKS.glob("*.ipynb"))] == ["learning-curve.ipynb"]
