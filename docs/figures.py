"""Figures of docs/statistics.md, made of planted and published curves: python docs/figures.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from simworth.scaling import PowerLaw, fit_power_law

FOLDER: Final = Path(__file__).with_name("figures")
STYLE: Final = {
    "svg.fonttype": "none", "svg.hashsalt": "simworth", "font.size": 9, "legend.fontsize": 7, "legend.frameon": False
}  # fmt: skip
HIGGS: Final = {
    "n": 2 ** np.arange(7, 18),
    "error": np.array([0.4199, 0.3883, 0.3585, 0.3421, 0.3230, 0.3087, 0.2982, 0.2928, 0.2842, 0.2775, 0.2744]),
}
"""random forest on OpenML data set 42769, from LCDB (Mohr and Viering, MIT)"""


def forecast() -> Figure:
    """A law fitted to a curve up to n = 16,384, its interval, and what came later."""
    figure, ax = _axes(1, 1, (4.6, 3.2))
    n, error = HIGGS["n"], HIGGS["error"]
    fit_power_law(n[:8], error[:8]).plot(ax[0], ahead=8)
    ax[0].plot(n[8:], error[8:], "kx", label="came later")
    ax[0].legend()
    return figure


def verdicts() -> Figure:
    """A planted curve for each of four verdicts, with noise of 1.5 % per trial over 30 trials."""
    n = np.geomspace(100, 10_000, 10).round()
    rng = np.random.default_rng(3)
    shapes = {
        "falls": 2.0 * n**-0.5 + 0.01,
        "fell, and is level": 40.0 * n**-1.2 + 0.2,
        "level": np.full(len(n), 0.25),
        "rises": 0.15 * n**0.08,
    }
    figure, axes = _axes(2, 2, (6.4, 5.0))
    for ax, (name, mean) in zip(axes, shapes.items(), strict=True):
        law = fit_power_law(n, mean * np.exp(0.015 * rng.standard_normal((30, len(n)))))
        law.plot(ax, ahead=3)
        ax.set_title(f"{name}: {law.verdict}", fontsize=9)
    return figure


def materials() -> Figure:
    """Intervals of one law over trials alone, and over the choice of 60 measured materials too."""
    n = np.geomspace(100, 3_000, 8).round()
    rng = np.random.default_rng(5)
    truth = PowerLaw(D=1.2, alpha=0.4, C=0.08)
    hardness = rng.lognormal(0, 0.8, 60)
    errors = truth(n)[None, :, None] * hardness * rng.lognormal(0, 0.25, (30, len(n), 60))
    law = fit_power_law(n, errors)
    figure, ax = _axes(1, 1, (4.6, 3.2))
    law.plot(ax[0], ahead=4)
    sizes = np.geomspace(100, 12_000, 60)
    alone = law.predict(sizes, over="trials")
    ax[0].plot(sizes, np.stack([alone.low, alone.high], 1), "--", color="0.3", linewidth=1)
    ax[0].plot([], [], "--", color="0.3", linewidth=1, label="these materials only")
    ax[0].legend()
    return figure


FIGURES: Final[Mapping[str, Callable[[], Figure]]] = {
    "forecast": forecast, "verdicts": verdicts, "materials": materials
}  # fmt: skip


def _axes(rows: int, columns: int, inches: tuple[float, float]) -> tuple[Figure, Any]:
    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


def make(folder: Path) -> None:
    """Write every figure as an SVG of the same bytes on every machine with these versions."""
    folder.mkdir(exist_ok=True)
    with mpl.rc_context(STYLE):
        for name, figure in FIGURES.items():
            figure().savefig(folder / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    make(FOLDER)
