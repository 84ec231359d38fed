"""A law draws itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from simworth.scaling import PowerLaw, fit_power_law

pyplot = pytest.importorskip("matplotlib.pyplot")
KNOWN = PowerLaw(D=2.0, alpha=0.5, C=0.1)
N = np.array([100, 200, 400, 800, 1600, 3200])


@pytest.fixture(autouse=True)
def without_a_screen() -> Iterator[None]:
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def test_errors_law_and_forecast_are_drawn() -> None:
    law = fit_power_law(N[::-1], KNOWN(N[::-1]))
    ax = law.plot(ahead=2)
    curve, points = ax.get_lines()
    np.testing.assert_allclose(curve.get_ydata(), law(curve.get_xdata()))
    assert curve.get_xdata()[[0, -1]] == pytest.approx([100, 6400])
    np.testing.assert_allclose(np.sort(points.get_ydata()), np.sort(KNOWN(N)))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    (band,) = ax.collections
    assert band.get_paths()[0].contains_point((6400, law(6400)))


def test_axes_of_ones_own_and_sizes_of_a_known_law() -> None:
    ax = pyplot.subplots()[1]
    assert KNOWN.plot(ax, n=[100, 1000]) is ax
    assert ax.get_lines()[0].get_xydata().tolist() == [[100, KNOWN(100)], [1000, KNOWN(1000)]]
    assert not ax.collections, "known coefficients have no interval"
    with pytest.raises(ValueError, match=r"no data; name sizes with n=\[...\]"):
        KNOWN.plot(ax)


def test_without_matplotlib_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        KNOWN.plot(n=N)
