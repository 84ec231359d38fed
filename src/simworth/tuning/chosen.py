"""Write chosen settings into params.yaml, all else as it was: comments, order of keys, style."""

from __future__ import annotations

import io
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.util import load_yaml_guess_indent

from simworth.config import Settings, Training, load_settings, settings_from
from simworth.errors import SimworthError
from simworth.files import write_whole


def write_training(params: Path, task: str, training: Training) -> list[str]:
    """Give `tasks.<task>.training` of a params.yaml the values that differ; their names.

    SimworthError where the file is not what it was checked as, or where another task would change with it.
    """
    settings = load_settings(params)
    now = settings.tasks[task].training
    names = [name for name in (one.name for one in fields(Training)) if getattr(now, name) != getattr(training, name)]
    if not names:
        return []
    like = settings.tasks[task].like
    content = _edited(params.read_text(encoding="utf-8"), task, like, {name: getattr(training, name) for name in names})
    _check(params, task, settings, training, content)
    write_whole(params, content.encode())
    return names


def _edited(text: str, task: str, like: str, values: Mapping[str, object]) -> str:
    _, indent, offset = load_yaml_guess_indent(text)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    if indent is not None:
        yaml.indent(mapping=2, sequence=indent, offset=offset or 0)
    content = yaml.load(text)
    section = content["tasks"][task].setdefault("training", CommentedMap())
    if like and section is content["tasks"][like].get("training"):
        section = content["tasks"][task]["training"] = deepcopy(section)  # merged from there by `<<: *name`
    for name, value in values.items():
        section[name] = _yaml_value(value)
    out = io.StringIO()
    yaml.dump(content, out)
    return out.getvalue()


def _yaml_value(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    listed = CommentedSeq(value)
    listed.fa.set_flow_style()
    return listed


def _check(params: Path, task: str, settings: Settings, training: Training, content: str) -> None:
    """What was asked for is what the file would say."""
    before = settings.tasks[task]
    with_it = [name for name, one in settings.tasks.items() if one.like == task and one.training == before.training]
    tasks = settings.tasks | {name: replace(settings.tasks[name], training=training) for name in (task, *with_it)}
    if settings_from(YAML(typ="safe").load(content), str(params)) != replace(settings, tasks=tasks):
        raise SimworthError(
            f"settings file {params}: tasks.{task}.training cannot be written without changing another section; "
            "give the task a `training` mapping of its own instead of a YAML alias"
        )
