"""results/sweeps/<task>.json: what a sweep learned from, with which settings, and the shards that hold its trials."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field, JsonValue, model_validator

from simworth.records import Record

FORMAT: Final = 2
"""raised when fields change; older files are read, never rewritten"""
_RENAMED: Final = {"units": "shards", "failed_units": "failed_shards"}
"""names of format 1, which named no format"""


class ShardKey(Record):
    """Which trials a shard holds."""

    learning: str
    """transfer | direct | multitask"""
    n: int
    """simulated samples"""
    m: int
    """measured samples on the training side"""
    block: int
    """trials block * 10 to block * 10 + 9"""


class UsedShard(ShardKey):
    """A shard of the curve."""

    digest: str
    """name of its file in the store"""


class FailedShard(ShardKey):
    """A shard that failed for good."""

    reason: str


class FailedTrials(Record):
    """Trials that failed."""

    count: int
    first: str
    """why the first of them failed; '' where none did"""


class Round(Record):
    """What was known of the law after a number of trials."""

    exact: ClassVar[bool] = True
    trials: int
    shares: dict[str, float]
    """quantity of the law -> share of its variance that trials make up; empty without a law"""
    narrowing: float
    """relative amount by which ten more trials would narrow an interval, at most"""

    @property
    def most(self) -> tuple[str, float]:
        """The quantity that trials blur most, and their share in its variance."""
        return max(self.shares.items(), key=lambda item: item[1])


class Growth(Record):
    """How many trials an adaptive task came to, and why."""

    start: int
    """trials of the settings"""
    steps: tuple[Round, ...]
    reason: str
    """why it ended"""


class SweepSummary(Record):
    """What a sweep says of itself. Fields with a default are unknown while the task waits."""

    exact: ClassVar[bool] = True
    format: int = FORMAT
    task: str
    engine: int = 0
    """ENGINE_VERSION that trained; 0 where it is not known"""
    status: Literal["ok", "waiting", "failed"]
    reason: str
    """why it waits or failed; '' where it did not"""
    property: str
    """that is predicted, a key of `properties` in params.yaml"""
    unit: str
    """of the property; '' for a dimensionless one"""
    scale: Literal["linear", "log10"]
    """log10: errors are those of decimal logarithms of values in `unit`"""
    trials: int
    """of the tables"""
    seed: int
    """root seed of the trials"""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """the task's section of params.yaml, defaults included"""
    releases: dict[str, tuple[str, ...]]
    """database -> its selected releases"""
    materials: int = 0
    """measured"""
    simulated: int = 0
    """materials"""
    overlap: int = 0
    """measured materials that are also among the simulated ones"""
    undescribed: dict[str, int] = Field(default_factory=dict)
    """side -> samples left out because a descriptor cannot be computed"""
    undescribed_classes: dict[str, dict[str, int]] = Field(default_factory=dict)
    """side -> class of materials ('' where it has none) -> samples of `undescribed`"""
    excluded: dict[str, int] = Field(default_factory=dict)
    """'side: reason' -> values left out on purpose"""
    n_grid: tuple[int, ...] = ()
    """simulated samples at the points of the curve"""
    n_max: int = 0
    m: int = 0
    """measured samples on the training side of the curve"""
    clipped_predictions: int = 0
    """that were bounded"""
    failed_trials: FailedTrials = FailedTrials(count=0, first="")
    adaptive: Growth | None = None
    """None where the number of trials is fixed"""
    shards: tuple[UsedShard, ...] = ()
    """of the curve, by learning, n, m, block"""
    failed_shards: tuple[FailedShard, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _older(cls, content: object) -> object:
        """Format 1 had no number, other names, and fields that nobody read."""
        if not isinstance(content, dict) or "format" in content:
            return content
        named = {_RENAMED.get(key, key): value for key, value in content.items()}
        return {"format": 1} | {key: value for key, value in named.items() if key in cls.model_fields}
