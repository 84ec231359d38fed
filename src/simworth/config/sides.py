"""What the two sides of a task are: a database and what of it."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from simworth.columns import filter_columns

STRICT: Final = ConfigDict(extra="forbid")
"""of every section of params.yaml"""
POOLED: Final = "pooled"
IN_TURN: Final = "in turn"
"""values of Source.releases"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Side:
    """Where the source or the target task takes its values from."""

    database: str
    """a key of `databases`"""
    property: str = ""
    """a key of `properties`; the task's own where it is left out"""
    role: Literal["", "simulation", "experiment"] = ""
    """simulations for the source, experiments for the target where it is left out"""
    filter: str = ""
    """condition on columns of the clean table, as pandas.DataFrame.query reads it; '' keeps every converged value,
    and so does one that does not name the column `converged`"""

    @model_validator(mode="after")
    def _filter_parsed(self) -> Self:
        filter_columns(self.filter)
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Source(Side):
    """The simulated side."""

    releases: Literal["", "pooled", "in turn"] = ""
    """how several releases of its database are learned (`databases.<database>.together: true` keeps them all). pooled:
    each value is a sample, and the network is told the release, by inputs that are 0 for measurements and for the mean
    of all simulations. in turn: networks are pretrained on one release after the other, in the order of `releases`.
    '': a material has one value, the median over all"""
    beside: tuple[str, ...] = ()
    """further properties of the database, learned at once with the task's own, an output of the network each; a
    material brings the values it has"""

    @property
    def several(self) -> bool:
        """Whether a material may have several samples."""
        return bool(self.releases or self.beside)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Target(Side):
    """The measured side."""

    m: int | None = Field(default=None, ge=10)
    """measured materials that the curve over n learns from, validation included: the first m of each trial's training
    side; None: all of it. The n x m grid holds this m beside its own"""
