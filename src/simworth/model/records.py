"""model.json: what the tensors of an ensemble mean."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from simworth.learning.transforms import InputTransform
from simworth.model.interval import Calibration
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
