"""The settings that a search may change, and how the chosen ones are written into params.yaml."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from simworth.config import Settings, Task, Training, load_settings, settings_from
from simworth.errors import SimworthError
from simworth.yaml_files import edited, parse_yaml, yaml_text

Value = float | int | str
AND: Final = " + "
"""between descriptors that are concatenated"""
_DIGITS: Final = 3
"""significant digits of a tuned number: what is trained is what is written"""
_RATE: Final = (1e-4, 1e-2)
_TARGET_RATE: Final = (1e-5, 1e-2)
_WEIGHT: Final = (0.05, 0.95)
_PATIENCE: Final = (3, 20)
_DECAY: Final = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
_BATCH: Final = (16, 32, 64, 128)
_HEAD: Final = (16, 32, 64)
_HIDDEN: Final = (
    (64, 32),
    (128, 32),
    (256, 64),
    (128, 64, 32),
    (256, 128, 32),
    (512, 128, 32),
    (256, 128, 64, 32),
    (512, 256, 128, 64, 32),
)


OF_SIMULATIONS: Final = ("learning_rate", "simulated_weight", "frozen")
"""what direct learning does not use"""

Space = dict[str, BaseDistribution]
"""name of a field of Training, or `descriptors` -> what it may be"""


def space_of(task: Task, keep: Collection[str] = (), others: Iterable[tuple[str, ...]] = ()) -> Space:
    """What is tuned for a task: only what its kind of learning uses, and descriptors where there are `others` to try,
    without the settings to `keep`; SimworthError where one is not tuned anyway, or none is left."""
    now = task.training
    hidden = [widths for widths in _HIDDEN if len(widths) >= now.frozen]  # of all layers the last one must learn
    space: Space = {
        "target_learning_rate": _range(_TARGET_RATE, now.target_learning_rate, log=True),
        "batch_size": _choice(_BATCH, now.batch_size),
        "hidden": _choice(map(_widths, hidden), _widths(now.hidden)),
        "patience": IntDistribution(min(_PATIENCE[0], now.patience), max(_PATIENCE[1], now.patience), log=True),
        "weight_decay": _choice(_DECAY, now.weight_decay),
    }
    if task.learning == "multitask":
        space["head"] = _choice(_HEAD, now.head)
        space["simulated_weight"] = _range(_WEIGHT, now.simulated_weight, log=False)
    else:
        space["learning_rate"] = _range(_RATE, now.learning_rate, log=True)
        if not now.architecture:
            shallowest = min(map(len, [now.hidden, *hidden]))
            space["frozen"] = _choice(range(shallowest + 1), now.frozen)
    if more := tuple(map(AND.join, others)):
        space["descriptors"] = _choice(more, AND.join(task.descriptors))
    for name in keep:
        if name not in space:
            raise SimworthError(f"--keep: {name!r} is none of the settings tuned, {', '.join(space)}")
    if not (left := {name: one for name, one in space.items() if name not in keep}):
        raise SimworthError("--keep: keeps every setting, so that nothing is left to tune")
    return left


def present(space: Iterable[str], task: Task) -> dict[str, Value]:
    """The point of the space where a task is."""
    return {name: _JOINED[name](value_of(task, name)) if name in _JOINED else value_of(task, name) for name in space}


def value_of(task: Task, name: str) -> Any:
    """Of one setting of the space."""
    return task.descriptors if name == "descriptors" else getattr(task.training, name)


def task_with(task: Task, point: Mapping[str, Value]) -> Task:
    """The task with the values of a point of the space."""
    values = {name: _setting(name, value) for name, value in point.items()}
    descriptors = values.pop("descriptors", task.descriptors)
    return replace(task, training=replace(task.training, **values), descriptors=descriptors)


def descriptors_of(text: str) -> tuple[str, ...]:
    """Of one choice as the user writes it: names with AND between."""
    return tuple(name.strip() for name in text.split(AND.strip()))


def rounded(space: Space, point: Mapping[str, Value]) -> dict[str, Value]:
    """A suggestion, to the digits that params.yaml is given."""
    return {name: _rounded(space[name], value) for name, value in point.items()}


def described(space: Space) -> dict[str, dict[str, object]]:
    """As JSON-able content, for a study's name."""
    return {name: _described(one) for name, one in space.items()}


def _described(one: BaseDistribution) -> dict[str, object]:
    if isinstance(one, CategoricalDistribution):
        return {"options": one.choices}
    assert isinstance(one, FloatDistribution | IntDistribution)
    return {"low": one.low, "high": one.high, "log": one.log, "whole": isinstance(one, IntDistribution)}


def _rounded(one: BaseDistribution, value: Value) -> Value:
    if not isinstance(one, FloatDistribution):
        return value
    return min(max(float(f"{value:.{_DIGITS}g}"), one.low), one.high)


def _setting(name: str, value: Value) -> Any:
    if name == "descriptors":
        return descriptors_of(str(value))
    return tuple(map(int, str(value).split("-"))) if name == "hidden" else value


def _widths(hidden: tuple[int, ...]) -> str:
    """Optuna's choices are plain values."""
    return "-".join(map(str, hidden))


_JOINED: Final[dict[str, Callable[[Any], str]]] = {"hidden": _widths, "descriptors": AND.join}


def _range(bounds: tuple[float, float], now: float, *, log: bool) -> FloatDistribution:
    return FloatDistribution(min(bounds[0], now), max(bounds[1], now), log=log)


def _choice(options: Any, now: Value) -> CategoricalDistribution:
    known = tuple(options)
    return CategoricalDistribution(known if now in known else (*known, now))


def write_training(params: Path, name: str, tuned: Task) -> list[str]:
    """Give task `name` of a params.yaml the training settings and descriptors of `tuned` that differ, and its
    `found_by`; their names.

    SimworthError where the file is not what it was checked as, or where another task would change with it.
    """
    settings = load_settings(params)
    now = settings.tasks[name]
    known = [one.name for one in fields(Training)]
    values = {one: getattr(tuned.training, one) for one in known if value_of(now, one) != value_of(tuned, one)}
    own: dict[str, object] = {} if now.descriptors == tuned.descriptors else {"descriptors": tuned.descriptors}
    if not (names := [*values, *own]):
        return []
    if tuned.found_by != now.found_by:
        own["found_by"] = tuned.found_by
    with edited(params) as content:
        section = content["tasks"][name]
        section.update({one: _yaml_value(value) for one, value in own.items()})
        if values:
            training = section.setdefault("training", CommentedMap())
            if now.like and training is content["tasks"][now.like].get("training"):
                training = section["training"] = deepcopy(training)  # merged from there by `<<: *name`
            training.update({one: _yaml_value(value) for one, value in values.items()})
        _check(params, name, settings, tuned, yaml_text(content))
    return names


def _yaml_value(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    listed = CommentedSeq(value)
    listed.fa.set_flow_style()
    return listed


def _check(params: Path, name: str, settings: Settings, tuned: Task, content: str) -> None:
    """What was asked for is what the file would say; tasks that repeat this one may change with it."""
    before = settings.tasks[name]
    found = settings_from(parse_yaml(content, str(params)), str(params))
    changed = {name: tuned} | {
        other: _followed(one, before, tuned, found.tasks[other])
        for other, one in settings.tasks.items()
        if one.like == name
    }
    if found != replace(settings, tasks=settings.tasks | changed):
        raise SimworthError(
            f"settings file {params}: tasks.{name}.training cannot be written without changing another section; "
            "give the task a `training` mapping of its own instead of a YAML alias"
        )


def _followed(one: Task, before: Task, tuned: Task, now: Task) -> Task:
    """Task `one` with what of it was that of the task it repeats, and is so again."""
    shared: dict[str, Any] = {
        name: getattr(tuned, name)
        for name in ("training", "descriptors", "found_by")
        if getattr(one, name) == getattr(before, name) and getattr(now, name) == getattr(tuned, name)
    }
    return replace(one, **shared)
