"""The truth of the demo: a hidden property f of structure, and what a biased simulation of it sees instead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from simworth.demo.kinds import POLYMER, MadeUpKind

_WAVES: Final = 12
"""smooth steps that a hidden function is the sum of"""
_CURVATURE: Final = 1.3
"""how far the steps leave a straight line: above it, many more polymers are needed to learn one"""


@dataclass(frozen=True)
class World:
    """What is true in one demo, the same for every size and bias."""

    seed: int

    def truth(self, prop: str, things: Sequence[Any], kind: MadeUpKind = POLYMER) -> np.ndarray:
        """(things,) the property f, mean 0 and standard deviation 1 over the reference of their kind."""
        return self._pair(prop, things, kind)[0]

    def simulated(self, prop: str, things: Sequence[Any], bias: float, kind: MadeUpKind = POLYMER) -> np.ndarray:
        """(things,) sqrt(1 - bias^2) f + bias g, where g is uncorrelated with f: no amount of it gives f."""
        f, g = self._pair(prop, things, kind)
        return np.asarray(np.sqrt(1 - bias**2) * f + bias * g)

    def rng(self, *purpose: str) -> np.random.Generator:
        """Random numbers of their own for each purpose."""
        text = "\0".join((str(self.seed), *purpose))
        return np.random.default_rng(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest()))

    def _pair(self, prop: str, things: Sequence[Any], kind: MadeUpKind) -> tuple[np.ndarray, np.ndarray]:
        reference, wanted = _reference(self, kind), kind.features(things)
        f, g = (self._function(f"{prop} {name}", reference) for name in "fg")
        f_now, g_now = f(wanted), g(wanted)
        shared = float(np.mean(f(reference) * g(reference)))
        return f_now, (g_now - shared * f_now) / np.sqrt(1 - shared**2)

    def _function(self, name: str, reference: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """A sum of smooth steps in random directions: features -> (materials,) values, mean 0 and standard deviation 1
        over the `reference` (materials, features)."""
        rng = self.rng("function", name)
        directions = rng.normal(size=(reference.shape[1], _WAVES)) / np.sqrt(reference.shape[1])
        shifts, weights = rng.normal(size=_WAVES), rng.normal(size=_WAVES)
        centre, scale = reference.mean(0), reference.std(0)

        def steps(features: np.ndarray) -> np.ndarray:
            seen = (features - centre) / scale
            return np.asarray(np.tanh(_CURVATURE * seen @ directions + shifts) @ weights)

        known = steps(reference)
        return lambda features: (steps(features) - known.mean()) / known.std()


@lru_cache(maxsize=8)
def _reference(world: World, kind: MadeUpKind) -> np.ndarray:
    return kind.features(kind.compose(world.rng("reference")))
