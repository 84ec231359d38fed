"""How this machine works: processes, executor, log. Properties of a machine, never tracked parameters.

Each is an environment variable, else a line of `simworth.local.yaml` in the working folder, which git ignores.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simworth.errors import SimworthError

LOCAL_FILE: Final = "simworth.local.yaml"
"""settings of this machine, in the project's root"""
VARIABLES: Final = {
    "workers": "SIMWORTH_WORKERS",
    "device": "SIMWORTH_DEVICE",
    "executor": "SIMWORTH_EXECUTOR",
    "dask_scheduler": "SIMWORTH_DASK_SCHEDULER",
    "dask_resources": "SIMWORTH_DASK_RESOURCES",
    "log_file": "SIMWORTH_LOG_FILE",
}
"""key of the file -> environment variable, which wins"""
EXECUTORS: Final = ("local", "dask")
DEVICES: Final = ("cpu", "cuda")


@dataclass(frozen=True)
class Machine:
    """Where and how work units are computed."""

    workers: int
    """processes that train at once, on this machine; one where a GPU trains, unless told otherwise"""
    device: str = "cpu"
    """cpu, or cuda: where networks train"""
    executor: str = "local"
    """local: processes of this machine; dask: those of a dask cluster"""
    dask_scheduler: str = ""
    """address of a running scheduler, '' for a cluster of its own with `workers` processes"""
    dask_resources: Mapping[str, float] | None = None
    """what a dask worker must offer to be given a unit, such as {"GPU": 1}"""


def machine() -> Machine:
    """What the environment and the local file say; SimworthError names the one that is not understood."""
    given = _given()
    scheduler, executor = given.get("dask_scheduler", ("", ""))[1], given.get("executor", ("", ""))
    name = executor[1] or ("dask" if scheduler else "local")
    if name not in EXECUTORS:
        raise SimworthError(f"{executor[0]}: must be one of {', '.join(EXECUTORS)}, got {name!r}")
    if scheduler and name != "dask":
        raise SimworthError(f"executor 'local' knows no scheduler, got {scheduler!r}; set SIMWORTH_EXECUTOR=dask")
    device = _device(given)
    workers = 1 if device == "cuda" and "workers" not in given else _workers(given)
    return Machine(workers, device, name, scheduler, _resources(given))


def worker_count() -> int:
    """Processes at once: as told, else the cores that this process may use."""
    return _workers(_given())


def log_file() -> Path | None:
    """Where the log goes, None for nowhere."""
    named = _given().get("log_file", ("", ""))[1]
    return Path(named).expanduser().absolute() if named else None


def _given() -> dict[str, tuple[str, str]]:
    """Key -> (where it stands, text) of what is set."""
    found = {key: (f"{LOCAL_FILE}: {key}", text) for key, text in _local_file().items()}
    for key, variable in VARIABLES.items():
        if text := os.environ.get(variable, "").strip():
            found[key] = (variable, text)
    return found


def _local_file() -> dict[str, str]:
    path = Path(LOCAL_FILE)
    if not path.is_file():
        return {}
    from ruamel.yaml import YAML  # most machines have no such file
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SimworthError(f"{LOCAL_FILE}: cannot be read: {error}; mend or delete it") from None
    if not isinstance(content, Mapping | None):
        raise SimworthError(f"{LOCAL_FILE}: must be a mapping, with keys of {', '.join(VARIABLES)}")
    known = content or {}
    if unknown := [str(key) for key in known if key not in VARIABLES]:
        raise SimworthError(f"{LOCAL_FILE}: unknown key {unknown[0]!r}; known are {', '.join(VARIABLES)}")
    return {key: _text(value) for key, value in known.items() if value is not None}


def _text(value: Any) -> str:
    """As an environment variable would say it."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={amount}" for name, amount in value.items())
    return str(value)


def _workers(given: Mapping[str, tuple[str, str]]) -> int:
    where, named = given.get("workers", ("", ""))
    if not named:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not named.isdecimal() or not int(named):
        raise SimworthError(f"{where}: must be a number of processes, 1 or more, got {named!r}")
    return int(named)


def _device(given: Mapping[str, tuple[str, str]]) -> str:
    where, named = given.get("device", ("", "cpu"))
    if named not in DEVICES:
        raise SimworthError(f"{where}: must be one of {', '.join(DEVICES)}, got {named!r}")
    return named


def _resources(given: Mapping[str, tuple[str, str]]) -> dict[str, float] | None:
    where, named = given.get("dask_resources", ("", ""))
    try:
        pairs = [pair.split("=") for pair in named.split(",") if pair.strip()]
        return {name.strip(): float(amount) for name, amount in pairs} or None
    except ValueError:
        raise SimworthError(f"{where}: must read like GPU=1 or GPU=1,MEMORY=16, got {named!r}") from None


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables that processes started from here inherit, until the block ends."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
