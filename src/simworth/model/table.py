"""Predictions for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from simworth.model.predictor import Prediction
from simworth.terminal import table


def as_records(made: Sequence[Prediction]) -> str:
    """JSON list, one object a structure; null where there is no prediction."""
    return json.dumps([asdict(one) for one in made], indent=1, ensure_ascii=False)


def as_table(made: Sequence[Prediction], unit: str) -> str:
    """Aligned columns."""
    label = f" ({unit})" if unit else ""
    header = (f"mean{label}", "low", "high", "sd", "outside", "structure")
    return table(header, [_row(one) for one in made], right=range(5))


def _row(one: Prediction) -> tuple[str, str, str, str, str, str]:
    if one.mean is None or one.standard_deviation is None:
        return "-", "-", "-", "-", "-", f"{one.structure}  ({one.reason})"
    low, high = ("-" if end is None else f"{end:.4g}" for end in (one.low, one.high))
    note = f"  ({one.note})" if one.note else ""
    outside = "yes" if one.outside else "no"
    return f"{one.mean:.4g}", low, high, f"{one.standard_deviation:.2g}", outside, f"{one.structure}{note}"
