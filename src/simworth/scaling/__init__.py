"""Scaling laws of transfer: fits, intervals and forecasts from arrays of errors.

Needs NumPy and SciPy only. `fit_power_law` and `fit_surface` fit; `PowerLaw` and `Surface` also take known
coefficients.
"""

from simworth.scaling.clusters import Replicates
from simworth.scaling.equivalent import equivalent_samples
from simworth.scaling.estimate import Estimate
from simworth.scaling.forecast import Gain
from simworth.scaling.many import PowerLaws, fit_many
from simworth.scaling.pairing import Pairing, worth_of_pairing
from simworth.scaling.planning import Allocation, Step
from simworth.scaling.power import LAW_VERSION, PowerLaw, fit_power_law
from simworth.scaling.surface import ScalingWarning, Surface, fit_surface
from simworth.scaling.verdict import Verdict

__all__ = [
    "LAW_VERSION",
    "Allocation",
    "Estimate",
    "Gain",
    "Pairing",
    "PowerLaw",
    "PowerLaws",
    "Replicates",
    "ScalingWarning",
    "Step",
    "Surface",
    "Verdict",
    "equivalent_samples",
    "fit_many",
    "fit_power_law",
    "fit_surface",
    "worth_of_pairing",
]
