"""Predictions for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from simworth.model.predictor import Prediction


def as_records(made: Sequence[Prediction]) -> str:
    """JSON list, one object a structure; null where there is no prediction."""
    return json.dumps([asdict(one) for one in made], indent=1, ensure_ascii=False)


def as_table(made: Sequence[Prediction], unit: str) -> str:
    """Aligned columns."""
    label = f" ({unit})" if unit else ""
    rows = [(f"mean{label}", "sd", "outside", "structure"), *(_row(one) for one in made)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(text.rjust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]]) for row in rows
    )


def _row(one: Prediction) -> tuple[str, str, str, str]:
    if one.mean is None or one.standard_deviation is None:
        return "-", "-", "-", f"{one.structure}  ({one.reason})"
    return f"{one.mean:.4g}", f"{one.standard_deviation:.2g}", "yes" if one.outside else "no", str(one.structure)
