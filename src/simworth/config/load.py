"""params.yaml -> Settings, with an error that names the key and the right one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from simworth.config.sections import BacktestSettings, Settings
from simworth.errors import SimworthError, did_you_mean
from simworth.registry import load_modules
from simworth.yaml_files import read_yaml

_ADAPTER = TypeAdapter(Settings)


def load_settings(path: Path) -> Settings:
    """Read and check a params.yaml; SimworthError names the first thing that is wrong."""
    settings = settings_from(read_yaml(path, "settings file"), str(path))
    load_modules(settings.modules, path.parent)
    return settings


def settings_with(path: Path, task: str) -> Settings:
    """The same where it holds this task."""
    settings = load_settings(path)
    if task not in settings.tasks:
        raise SimworthError(f"no task {task!r} in {path}{did_you_mean(task, settings.tasks)}")
    return settings


def backtest_of(settings: Settings, name: str) -> BacktestSettings:
    """The backtest of that name, or that of the task of that name; SimworthError where there is none, or no task."""
    known = [*settings.tasks, *settings.backtests]
    if name not in known:
        raise SimworthError(f"params.yaml: no task and no backtest {name!r}{did_you_mean(name, known)}")
    found = settings.backtests.get(name, BacktestSettings(task=name))
    if found.task not in settings.tasks:
        raise SimworthError(f"backtests.{name}.task: no task {found.task!r}{did_you_mean(found.task, settings.tasks)}")
    return found


def settings_from(raw: Any, where: str) -> Settings:
    """Settings from plain mappings, as YAML gives them."""
    if not isinstance(raw, Mapping):
        raise SimworthError(f"settings file {where}: must be a mapping of sections, is {type(raw).__name__}")
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as error:
        raise SimworthError(f"settings file {where}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    steps = [str(step) for step in detail["loc"]]
    key = ".".join(steps)
    if detail["type"] == "unexpected_keyword_argument":
        return f"{key}: unknown key{did_you_mean(steps[-1], _keys_at(steps[:-1]))}"
    if detail["type"] == "missing":
        return f"{key}: is missing"
    message = detail["msg"].removeprefix("Value error, ")
    section = isinstance(detail["input"], Mapping) or is_dataclass(detail["input"])
    shown = "" if section or detail["type"] == "value_error" else f", got {detail['input']!r}"
    return f"{key}: {message}{shown}" if key else message


def _keys_at(steps: list[str]) -> list[str]:
    """Known keys of the section that `steps` leads to."""
    kind: Any = Settings
    for step in steps:
        # a section's field, or a mapping's values
        kind = get_type_hints(kind).get(step, kind) if is_dataclass(kind) else get_args(kind)[-1]
    return [item.name for item in fields(kind)] if is_dataclass(kind) else []
