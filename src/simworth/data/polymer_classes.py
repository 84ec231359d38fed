"""The 21 polymer classes of PoLyInfo, as RadonPy numbers and names them (radonpy.core.poly.polyinfo_classifier)."""

from __future__ import annotations

from typing import Final

POLYINFO_CLASSES: Final = {
    1: "PHYC",
    2: "PSTR",
    3: "PVNL",
    4: "PACR",
    5: "PHAL",
    6: "PDIE",
    7: "POXI",
    8: "PSUL",
    9: "PEST",
    10: "PAMD",
    11: "PURT",
    12: "PURA",
    13: "PIMD",
    14: "PANH",
    15: "PCBN",
    16: "PIMN",
    17: "PSIL",
    18: "PPHS",
    19: "PKTN",
    20: "PSFO",
    21: "PPNL",
}
"""class id -> RadonPy's name, which is what `material_class` holds; id 0 (not classified) is ''"""

CLASS_WORDS: Final = {
    "PHYC": "hydrocarbon polymers",
    "PSTR": "polystyrenes",
    "PVNL": "polyvinyls",
    "PACR": "polyacrylates",
    "PHAL": "halogenated polymers",
    "PDIE": "polydienes",
    "POXI": "polyethers",
    "PSUL": "polysulfides",
    "PEST": "polyesters",
    "PAMD": "polyamides",
    "PURT": "polyurethanes",
    "PURA": "polyureas",
    "PIMD": "polyimides",
    "PANH": "polyanhydrides",
    "PCBN": "polycarbonates",
    "PIMN": "polyamines",
    "PSIL": "polysilanes and silicones",
    "PPHS": "polyphosphazenes",
    "PKTN": "polyketones",
    "PSFO": "polysulfones",
    "PPNL": "polyphenylenes",
}
"""RadonPy's name -> words for people"""


def class_name(number: str) -> str:
    """Name of a class id as a file writes it ('13' or '13.0'); '' where it names none."""
    try:
        return POLYINFO_CLASSES.get(int(float(number)), "")
    except (ValueError, OverflowError):
        return ""
