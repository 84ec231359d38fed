"""The 21 polymer classes of PoLyInfo, as RadonPy numbers and names them (radonpy.core.poly.polyinfo_classifier)."""

from __future__ import annotations

from typing import Final

_CLASSES: Final = (
    ("PHYC", "hydrocarbon polymers"),
    ("PSTR", "polystyrenes"),
    ("PVNL", "polyvinyls"),
    ("PACR", "polyacrylates"),
    ("PHAL", "halogenated polymers"),
    ("PDIE", "polydienes"),
    ("POXI", "polyethers"),
    ("PSUL", "polysulfides"),
    ("PEST", "polyesters"),
    ("PAMD", "polyamides"),
    ("PURT", "polyurethanes"),
    ("PURA", "polyureas"),
    ("PIMD", "polyimides"),
    ("PANH", "polyanhydrides"),
    ("PCBN", "polycarbonates"),
    ("PIMN", "polyamines"),
    ("PSIL", "polysilanes and silicones"),
    ("PPHS", "polyphosphazenes"),
    ("PKTN", "polyketones"),
    ("PSFO", "polysulfones"),
    ("PPNL", "polyphenylenes"),
)
"""RadonPy's name and words for people, in the order of its class ids from 1"""

POLYINFO_CLASSES: Final = {number: name for number, (name, _) in enumerate(_CLASSES, start=1)}
"""class id -> RadonPy's name, which is what `material_class` holds; id 0 (not classified) is ''"""
CLASS_WORDS: Final = dict(_CLASSES)
"""RadonPy's name -> words for people"""


def class_title(name: str) -> str:
    """A class or group as words: PSTR -> polystyrenes."""
    return CLASS_WORDS.get(name, name.replace("_", " "))


def class_name(number: str) -> str:
    """Name of a class id as a file writes it ('13' or '13.0'); '' where it names none."""
    try:
        return POLYINFO_CLASSES.get(int(float(number)), "")
    except (ValueError, OverflowError):
        return ""
