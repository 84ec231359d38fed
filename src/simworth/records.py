"""The base of every record that one stage leaves for another: typed, frozen, written whole, read with a way out.

Numbers keep six significant digits: more differ between processors. Infinity (unbounded, never reached) is null.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError, WithJsonSchema

from simworth.errors import SimworthError, first_of
from simworth.estimate import Estimate
from simworth.files import write_whole

KEPT_DIGITS: Final = 6
"""significant digits of a number in a result file"""


class Record(BaseModel):
    """What a stage leaves for another; subclasses document unit and meaning under each field."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="null")

    made_by: ClassVar[str] = "dvc repro"
    """command that makes the file anew, for messages"""
    exact: ClassVar[bool] = False
    """whether numbers keep all digits, and infinity is no number that a file may hold"""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in a JSON file; SimworthError names file, field and way out."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        except UnicodeDecodeError as error:
            reason = f"is not UTF-8 text ({error.reason})"
        raise SimworthError(f"{path}: {reason}; run `{cls.made_by}` to make it")

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """The record in a JSON text; `where` names it in messages."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            way_out = f"delete it and run `{cls.made_by}` to make it anew"
            raise SimworthError(f"{where}: {first_of(error)}; {way_out}") from None

    def to_json(self) -> str:
        """Stable text: keys in the order of the fields, six significant digits, null for infinity, one newline."""
        content = self.model_dump(mode="json")
        kept = content if self.exact else rounded(content)
        return json.dumps(kept, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: Path) -> None:
        """Write the file whole or not at all."""
        write_whole(path, self.to_json().encode())

    @classmethod
    def schema_text(cls) -> str:
        """JSON Schema of the file, generated."""
        schema = cls.model_json_schema(mode="serialization")
        return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def rounded(content: Any) -> Any:
    """A JSON-able copy whose floats have six significant digits; infinity and NaN become None."""
    if isinstance(content, dict):
        return {str(key): rounded(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [rounded(value) for value in content]
    if isinstance(content, float):
        return float(f"{content:.{KEPT_DIGITS}g}") if math.isfinite(content) else None
    return content


def _estimate_of(content: Any) -> Estimate:
    if isinstance(content, Estimate):
        return content
    if not isinstance(content, dict) or set(content) != {"value", "low", "high"}:
        raise ValueError('must be {"value", "low", "high"}')
    value, low, high = (content[name] for name in ("value", "low", "high"))
    return Estimate(
        math.inf if value is None else float(value),
        -math.inf if low is None else float(low),
        math.inf if high is None else float(high),
    )


_NUMBER: Final = {"type": ["number", "null"]}

EstimateField = Annotated[
    Estimate,
    PlainValidator(_estimate_of),
    PlainSerializer(Estimate.to_dict),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"value": _NUMBER, "low": _NUMBER, "high": _NUMBER},
            "required": ["value", "low", "high"],
            "additionalProperties": False,
            "description": "best value and its interval; null is unbounded",
        }
    ),
]
"""An Estimate inside a record: {"value", "low", "high"}."""
