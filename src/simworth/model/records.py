"""model.json: what the tensors of an ensemble mean."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import numpy as np
from pydantic import Field

from simworth.learning.transforms import InputTransform
from simworth.records import Record

FORMAT: Final = 3
"""raised when older files cannot be read any more"""


class Descriptor(Record):
    """One of the descriptors that are concatenated, in order."""

    name: str
    """of the registered featurizer"""
    version: int
    """of the featurizer; another one cannot be used"""
    digest: str
    """of featurizer and library versions"""
    columns: int


class DomainFacts(Record):
    """Where the networks were trained."""

    exact: ClassVar[bool] = True
    limits: tuple[float, ...]
    """distance beyond which a structure is outside, one a part of a sample"""
    share: float = 0.0
    """of the training structures that count as inside"""
    structures: int = 0
    """training structures"""
    temperature: tuple[float, float] | None = None
    """lowest and highest of a pair's training samples, in K; None for other tasks"""


class Calibration(Record):
    """What turns spread and distance into an interval."""

    exact: ClassVar[bool] = True
    scale: tuple[float, float, float]
    """constant, per unit of spread, per unit of distance; the conformal quantile is a factor of all"""
    level: float
    marginal: float
    """half-width of the same level around the mean of the measured values, without any model"""
    coverage: float
    """share of held-out groups' samples inside, each judged by a calibration without its group"""
    groups: int
    reach: float
    """largest distance of a held-out material; farther away nothing was tried"""
    typical: float | None = None
    """median half-width of the held-out samples; None on cards of before"""

    def half_width(self, spread: np.ndarray, distance: np.ndarray, outside: np.ndarray | bool = False) -> np.ndarray:
        """(samples,) half-widths of the interval, in the unit of the values; `outside` the domain nothing was tried."""
        a, b, c = self.scale
        width = a + b * np.asarray(spread) + c * np.asarray(distance)
        # beyond what was tried nothing is known to be better than the mean of the measurements
        untried = (np.asarray(distance) > self.reach) | outside
        half: np.ndarray = np.where(untried, np.maximum(width, self.marginal), width)
        return half


class NoModel(Record):
    """The card of a task without an ensemble."""

    format: int = FORMAT
    task: str
    status: Literal["waiting", "failed"]
    reason: str


class ModelCard(Record):
    """The card of an ensemble; its numbers are exact, since predictions are computed from them."""

    exact: ClassVar[bool] = True
    format: int = FORMAT
    task: str
    status: Literal["ok"] = "ok"
    property: str
    """a key of `properties` in params.yaml"""
    unit: str
    """of the property, '' for a dimensionless one"""
    scale: Literal["linear", "log10"]
    """log10: the networks give decimal logarithms of values in `unit`"""
    releases: dict[str, tuple[str, ...]]
    """database -> its selected releases"""
    kind: str
    """what a structure is: a registered kind of material; those of a pair are joined by '|'"""
    descriptors: tuple[Descriptor, ...]
    input_transform: InputTransform
    layers: dict[str, list[int]] = Field(default_factory=dict)
    """layer -> [inputs, outputs]"""
    n: int
    """simulated samples"""
    m: int
    """measured samples on the training side"""
    trials: tuple[int, ...]
    """numbers of the trials, in the order of the tensors' rows"""
    seed: int = 0
    """root seed"""
    domain: DomainFacts
    interval: Calibration | None
    """None where too few groups were held out"""
    example: str
    """a structure that can be asked"""
    libraries: dict[str, str] = Field(default_factory=dict)
    """library -> version that trained"""
    engine: int = 0
    """ENGINE_VERSION that trained"""
    shards: tuple[str, ...] = ()
    """digests of the shards that the trials came from"""
    sha256: str = ""
    """of ensemble.safetensors"""
