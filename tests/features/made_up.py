"""Featurizers for tests, importable by worker processes."""

from __future__ import annotations

import os
import time

import numpy as np

from simworth.features import Undescribed, featurizer
from simworth.features.registry import Vector


@featurizer("made_up", version=1, columns=lambda: ["length", "first"], listed=False)
def made_up(structure: str) -> Vector:
    """Length and first letter; refuses 'bad', fails on 'worse', and takes SIMWORTH_TEST_SECONDS."""
    time.sleep(float(os.environ.get("SIMWORTH_TEST_SECONDS", "0")))
    if structure == "bad":
        raise Undescribed("it is bad")
    if structure == "worse":
        raise RuntimeError("it is worse\nmuch worse")
    if structure == "deadly":
        os._exit(9)
    return np.array([len(structure), ord(structure[0])], dtype=np.float64)


@featurizer("made_up", version=2, columns=lambda: ["length", "first"], listed=False)
def made_up_again(structure: str) -> Vector:
    """Another version under the same name."""
    return np.array([-len(structure), ord(structure[0])], dtype=np.float64)
