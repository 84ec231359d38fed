"""A law drawn over its errors; matplotlib is needed here alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from simworth.scaling.laws import Array

if TYPE_CHECKING:
    from simworth.scaling.power import PowerLaw

AHEAD: Final = 4.0
"""times n_max to which a law with data is drawn"""
_SIZES: Final = 60


def plot(law: PowerLaw, ax: Any, ahead: float, level: float, n: ArrayLike | None) -> Any:
    """See `PowerLaw.plot`. ImportError where matplotlib is missing; ValueError where nothing says which n."""
    ax = _axes() if ax is None else ax
    curves = None if law.fits is None else law.fits.curves
    sizes = _sizes(None if curves is None else curves.sizes, ahead, n)
    falling = rf"{law.D:.3g}\,n^{{-{law.alpha:.3g}}} + " if law.D > 0 else ""
    (line,) = ax.plot(sizes, law(sizes), label=f"${falling}{law.C:.3g}$")
    if curves is not None:
        ax.plot(np.ravel(curves.sizes), curves.mean[0], "o", color=line.get_color(), label="errors")
        told = law.predict(sizes, level)
        ax.fill_between(
            sizes, told.low, told.high, color=line.get_color(), alpha=0.2, linewidth=0, label=f"{level:.0%} interval"
        )
    ax.set(xscale="log", yscale="log", xlabel="n", ylabel="error")
    for which in (ax.yaxis.set_major_formatter, ax.yaxis.set_minor_formatter):
        which("{x:.3g}")
    ax.legend()
    return ax


def _sizes(known: Array | None, ahead: float, n: ArrayLike | None) -> Array:
    """(k,) sizes at which to draw, from small to large."""
    if n is not None:
        return np.sort(np.asarray(n, dtype=float))
    if known is None:
        raise ValueError("plot: a law from known coefficients has no data; name sizes with n=[...]")
    return np.geomspace(known.min(), ahead * known.max(), _SIZES)


def _axes() -> Any:
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError:
        raise ImportError("plot: needs matplotlib; pip install matplotlib, or give axes of your own") from None
    return pyplot.subplots()[1]
