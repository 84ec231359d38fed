"""The package stands alone, and fits many curves at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np

from simworth.scaling import fit_many
from tests.scaling.designs import TRUTH, WIDE, noisy_curves, sizes

PROBE = """
import sys
import numpy, scipy.optimize, scipy.special
before = set(sys.modules)
import simworth.scaling
allowed = sys.stdlib_module_names | {"numpy", "scipy", "simworth", "_distutils_hack"}
strangers = {name.split(".")[0] for name in set(sys.modules) - before} - allowed
parts = {name for name in sys.modules if name.startswith("simworth.") and not name.startswith("simworth.scaling")}
parts -= {"simworth.errors", "simworth.estimate", "simworth.registry"}  # need no more than NumPy
print(sorted(name for name in strangers | parts if not name.startswith(("_", "__editable__"))))
"""


def test_needs_numpy_and_scipy_only() -> None:
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_thousands_of_curves_are_fitted_at_once() -> None:
    """40 times as many curves take few more calls of Python functions, whatever the machine."""
    n = sizes(WIDE)
    few, many = (calls(lambda curves=curves: widths(n, curves)) for curves in noisy(n))
    assert many < 10 * few, f"{few} calls for 91 curves, {many} for 3,640"


def noisy(n: np.ndarray) -> list[np.ndarray]:
    curves = noisy_curves(TRUTH, n, 0.03, 3_640, seed=81)
    return [curves[:91], curves]


def widths(n: np.ndarray, curves: np.ndarray) -> None:
    laws = fit_many(n, curves)
    found = [np.subtract(*laws.interval(name)[::-1]) for name in ("D", "alpha", "C")]
    assert all(width.shape == (len(curves),) for width in found)


def calls(work: Callable[[], None]) -> int:
    """Python functions that are called."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
