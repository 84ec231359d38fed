"""Scaling laws of transfer: fits, intervals and forecasts from arrays of errors.

Needs NumPy and SciPy only. `fit_power_law` and `fit_surface` fit; `PowerLaw` and `Surface` also take known
coefficients.
"""

from simworth.estimate import Estimate
from simworth.scaling.clusters import IntraclassCorrelation, Replicates, class_correlation
from simworth.scaling.forecast import FactorGain
from simworth.scaling.laws import LAW_VERSION, LAWS, Law, Parameter, exponent, register_law
from simworth.scaling.pairing import Pairing, worth_of_pairing
from simworth.scaling.planning import Allocation, Step
from simworth.scaling.power import PowerLaw, PowerLaws, fit_many, fit_power_law
from simworth.scaling.selection import FittedForm
from simworth.scaling.surface import ScalingWarning, Surface, equivalent_samples, fit_surface
from simworth.scaling.verdict import Verdict

__all__ = [
    "LAWS",
    "LAW_VERSION",
    "Allocation",
    "Estimate",
    "FactorGain",
    "FittedForm",
    "IntraclassCorrelation",
    "Law",
    "Pairing",
    "Parameter",
    "PowerLaw",
    "PowerLaws",
    "Replicates",
    "ScalingWarning",
    "Step",
    "Surface",
    "Verdict",
    "class_correlation",
    "equivalent_samples",
    "exponent",
    "fit_many",
    "fit_power_law",
    "fit_surface",
    "register_law",
    "worth_of_pairing",
]
