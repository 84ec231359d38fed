"""The mapping of a table's columns, which a catalogue entry of reader `table` brings."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from simworth.records import Record


class ValueColumn(Record):
    """A column that holds one property."""

    column: str
    """its name in the file"""
    unit: str = ""
    """of its values, as in kg/m^3, degC or log10(S/cm); '' is dimensionless"""
    spread: str = ""
    """column of the standard deviation between replicates, in the same unit"""
    replicates: str = ""
    """column of their number"""
    converged: str = ""
    """column that says whether the run behind the value converged; only true, t, yes, y and 1 do"""


class LongColumns(Record):
    """Columns of a long table: one value a record."""

    property: str = "property"
    value: str = "value"
    unit: str = "unit"
    """column of units; '' where `units` of the release names them all"""
    names: dict[str, str] = Field(default_factory=dict)
    """name in the file -> property of params.yaml, where they differ"""


class TableMapping(Record):
    """What stands where in a file of one record a material (`values`) or one record a value (`long`)."""

    kind: str
    """a registered kind: polymer, molecule, composition, pair (a polymer and a solvent), molecule-pair ..."""
    role: Literal["simulation", "experiment"]
    structure: str
    """column of structures"""
    partner: str = ""
    """column of solvents or second molecules, for kinds that are pairs"""
    values: dict[str, ValueColumn] = Field(default_factory=dict)
    """property -> its column"""
    long: LongColumns | None = None
    temperature: str = ""
    """column of temperatures; cells such as `25 C` bring their own unit"""
    temperature_unit: str = "K"
    """K, degC or degF"""
    temperature_range: tuple[float, float] | None = None
    """K; values at stated temperatures outside are left out and counted"""
    state: str = ""
    """column of states, kept as protocol where no other is named"""
    states: tuple[str, ...] = ()
    """states that are used; an empty cell always is. () uses all"""
    converged: str = ""
    material_class: str = ""
    protocol: str = ""
    spread: str = ""
    replicates: str = ""
    """columns of what belongs to each record; spread and replicates only of a long table"""
    ends: tuple[str, ...] = ()
    """what stands for the `*` of a repeat unit, as in ['[Cu]', '[Au]']"""
    separator: str = ""
    """between cells; '' finds , ; tab or |"""
    decimal: Literal["", ".", ","] = ""
    """'' takes decimal commas for such where nothing speaks against it"""
    encoding: str = "utf-8"
    sheet: str = ""
    """of an Excel workbook; '' is the first"""
    comment: str = ""
    """what a line begins with that holds no record"""
    header: tuple[str, ...] = ()
    """names of the columns of a file that has no header"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.values) == (self.long is not None):
            raise ValueError("give either values (a column a property) or long (a record a value)")
        if self.values and (self.spread or self.replicates):
            raise ValueError("spread and replicates belong to each column of values, not to the record")
        return self


PLAIN: Final = TableMapping.model_construct()
"""how a file is written that no mapping describes"""
