"""valuation.json: every task's entry with the releases behind it, checked against the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from simworth.errors import SimworthError


def assemble(
    fits: Mapping[str, Mapping[str, Any]], quality: Mapping[str, Mapping[str, Any]], level: float
) -> dict[str, Any]:
    """The valuation of all tasks, in the order of `fits` (results/fits/*.json by task).

    `quality` holds data/quality/*.json by database; its `snapshot` is the state of the database's files.
    """
    tasks = {}
    for task, fit in fits.items():
        if fit["level"] != level:
            raise SimworthError(
                f"fit of {task}: was made at level {fit['level']}, the report is for {level}; run dvc repro"
            )
        databases = dict.fromkeys((fit["source"], fit["target"]))
        releases = {name: _snapshot(name, quality) for name in databases}
        tasks[task] = {**fit["entry"], "releases": releases}
    valuation = {"level": level, "tasks": tasks}
    check_valuation(valuation)
    return valuation


def _snapshot(database: str, quality: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    report = quality.get(database)
    if report is None or "snapshot" not in report:
        raise SimworthError(
            f"quality report of {database}: must be there and hold its snapshot (md5, files); run ingest of {database}"
        )
    snapshot = report["snapshot"]
    files = [{key: file[key] for key in ("name", "md5", "rows")} for file in snapshot["files"]]
    return {"md5": snapshot["md5"], "files": sorted(files, key=lambda file: str(file["name"]))}


def check_valuation(valuation: Mapping[str, Any]) -> None:
    """SimworthError that names the first place where a valuation breaks the schema."""
    error = next(iter(_validator().iter_errors(valuation)), None)
    if error is not None:
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda item: len(item.absolute_path))
        where = ".".join(str(step) for step in deepest.absolute_path) or "(root)"
        raise SimworthError(f"valuation: {where} breaks the schema: {deepest.message}")


@cache
def _validator() -> Draft202012Validator:
    text = resources.files("simworth.valuation").joinpath("valuation.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def to_json(content: Mapping[str, Any]) -> str:
    """Text of a result file: finite numbers only, keys in the order given, one trailing newline."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
