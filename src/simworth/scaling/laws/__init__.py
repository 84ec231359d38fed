"""The laws, a file each; importing this registers those of `LAWS`."""

from simworth.scaling.laws.base import EXPONENT_BOUNDS, LAWS, Array, Law, Parameter, exponent, register_law
from simworth.scaling.laws.broken import BROKEN, SHARPNESS
from simworth.scaling.laws.exponential import EXPONENTIAL
from simworth.scaling.laws.power import POWER, POWER_WITHOUT_GAP
from simworth.scaling.laws.shifted import SHIFTED
from simworth.scaling.laws.surface import SURFACE

BUILT_IN = (POWER, POWER_WITHOUT_GAP, SHIFTED, BROKEN, EXPONENTIAL)
"""laws of one curve that come with the package"""
LAW_VERSION = "8"
"""Raised whenever the same errors would give other numbers: another law built in, other bounds, another fit."""

__all__ = [
    "BROKEN",
    "BUILT_IN",
    "EXPONENTIAL",
    "EXPONENT_BOUNDS",
    "LAWS",
    "LAW_VERSION",
    "POWER",
    "POWER_WITHOUT_GAP",
    "SHARPNESS",
    "SHIFTED",
    "SURFACE",
    "Array",
    "Law",
    "Parameter",
    "exponent",
    "register_law",
]
