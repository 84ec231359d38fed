"""Writing and reading the ingest stage's files, and its report in words."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from simworth.store import write_whole


def write_clean(path: Path, clean: pd.DataFrame) -> None:
    """Write a clean table whole."""
    buffer = io.BytesIO()
    clean.to_parquet(buffer, index=False)
    write_whole(path, buffer.getvalue())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole, readable by people and strict about numbers."""
    write_whole(path, (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())


def summary(quality: dict[str, Any]) -> str:
    """A quality report in words, for the terminal."""
    return "\n".join(release_summary(name, release) for name, release in quality["releases"].items())


def release_summary(name: str, release: dict[str, Any]) -> str:
    """One release's account in words."""
    lines = [
        f"release {name}: {release['rows_read']} rows read, {release['rows_kept']} kept, "
        f"{release['rows_repeated']} repeat another, {release['rows_broken']} broken, "
        f"{release['rows_without_values']} without values, {release['rows_lost']} lost; "
        f"{release['values_kept']} of {release['values_read']} values kept"
    ]
    for prop, count in release["properties"].items():
        passed = " (taken from a release before it)" if prop in release.get("passed_over", {}) else ""
        again = count["materials_measured_again"]
        lines.append(
            f"  {prop}: {count['rows']} values of {count['materials']} materials"
            f"{f', {again} of them more than once' if again else ''}{passed}"
        )
    for drop in release["dropped"]:
        shown = drop["example"]
        lines.append(
            f"  left out {drop['values']} values of {drop['rows']} rows: {drop['reason']} "
            f"(first: {shown['file']} row {shown['row']}, {shown['column']} = {shown['value']!r})"
        )
    return "\n".join([*lines, *(f"  note: {note}" for note in release["notes"])])
