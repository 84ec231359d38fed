"""The package stands alone, and is fast."""

from __future__ import annotations

import subprocess
import sys
import time

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
parts -= {"simworth.errors", "simworth.registry"}  # need the standard library alone
print(sorted(name for name in strangers | parts if not name.startswith(("_", "__editable__"))))
"""


def test_needs_numpy_and_scipy_only() -> None:
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_thousands_of_curves_in_seconds() -> None:
    n = sizes(WIDE)
    curves = noisy_curves(TRUTH, n, 0.03, 3_640, seed=81)
    start = time.process_time()
    laws = fit_many(n, curves)
    widths = [np.subtract(*laws.interval(name)[::-1]) for name in ("D", "alpha", "C")]
    seconds = time.process_time() - start
    assert all(width.shape == (3_640,) for width in widths)
    assert seconds < 20, f"{seconds:.1f} s of processor time"
