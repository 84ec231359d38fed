"""Settings of a machine: workers, device, folders and addresses; never tracked parameters.

Each is an environment variable, SIMWORTH_ and its name in capitals, else a line of `simworth.local.yaml` in the working
folder, which git ignores. docs/environment.md lists them all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from simworth.errors import SimworthError, did_you_mean
from simworth.git import common_folder
from simworth.yaml_files import read_yaml

LOCAL_FILE: Final = "simworth.local.yaml"
"""settings of this machine, in the project's root"""
PREFIX: Final = "SIMWORTH_"


def _count(given: object) -> int:
    if not str(given).isdecimal() or not int(str(given)):
        raise ValueError("must be a number of processes, 1 or more")
    return int(str(given))


def _resources(given: object) -> object:
    """GPU=1,MEMORY=16 -> {"GPU": 1.0, "MEMORY": 16.0}."""
    if not isinstance(given, str):
        return given
    try:
        pairs = [pair.split("=") for pair in given.split(",") if pair.strip()]
        return {name.strip(): float(amount) for name, amount in pairs}
    except ValueError:
        raise ValueError("must read like GPU=1 or GPU=1,MEMORY=16") from None


class Environment(BaseSettings):
    """All of them; the environment wins over the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    workers: Annotated[int, BeforeValidator(_count)] | None = None
    """processes that compute at once; by default the cores that this process may use, one where a GPU trains"""
    device: Literal["cpu", "cuda"] = "cpu"
    """where networks train: cpu or cuda"""
    executor: Literal["local", "dask"] | None = None
    """local: processes of this machine; dask: those of a dask cluster; by default dask where a scheduler is named"""
    dask_scheduler: str = ""
    """address of a running scheduler; without one, dask starts a cluster of its own with `workers` processes"""
    dask_resources: Annotated[dict[str, float], NoDecode, BeforeValidator(_resources)] = {}
    """what a dask worker must offer to be given a shard, such as GPU=1"""
    store: Path | None = None
    """folder of shards and descriptors; by default `.simworth/` beside the common git directory"""
    store_copy: str = ""
    """folder or address that fsspec opens, such as s3://bucket/x: shards that the store lacks come from there"""
    mirror: str = ""
    """folder of releases that are already on this machine, looked at before their origin"""
    upstream: str = ""
    """address of a server that answers for all services that hold releases, as ADDRESS/HOST/PATH; for tests"""
    log_file: Path | None = None
    """file to which every process of a run appends its events, one JSON object a line"""
    verbose: bool = False
    """the same on the terminal"""
    quiet: bool = False
    """no progress on the terminal"""
    strict: bool = False
    """`simworth run` ends non-zero and names what was not done, as --strict does"""
    private_mlflow: str = ""
    """addresses of MLflow servers, separated by spaces, that may hold data which may not be redistributed"""
    mlflow_database: str = ""
    """address of the database behind the MLflow server, where trials are then written in one go"""
    run: bool = False
    """set by `simworth run` for its stages: tables are printed once, at the end"""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then what is given (the local file)."""
        return env_settings, init_settings


@dataclass(frozen=True)
class Machine:
    """Where and how shards are computed."""

    workers: int
    """processes that train at once, on this machine; one where a GPU trains, unless told otherwise"""
    device: str = "cpu"
    """cpu, or cuda: where networks train"""
    executor: str = "local"
    """local: processes of this machine; dask: those of a dask cluster"""
    dask_scheduler: str = ""
    """address of a running scheduler, '' for a cluster of its own with `workers` processes"""
    dask_resources: Mapping[str, float] | None = None
    """what a dask worker must offer to be given a shard, such as {"GPU": 1}"""


def read_environment() -> Environment:
    """What environment and local file say now; SimworthError names the one that is not understood."""
    local = _local_file()
    try:
        return Environment(**local)  # type: ignore[arg-type]
    except ValidationError as error:
        detail = error.errors()[0]
        name = str(detail["loc"][0])
        variable = f"{PREFIX}{name.upper()}"
        where = variable if os.environ.get(variable) else f"{LOCAL_FILE}: {name}"
        raise SimworthError(f"{where}: {_rule(name, detail['msg'])}, got {detail['input']!r}") from None


def machine() -> Machine:
    """Workers, device and executor."""
    told = read_environment()
    executor = told.executor or ("dask" if told.dask_scheduler else "local")
    if told.dask_scheduler and executor != "dask":
        raise SimworthError(
            f"executor 'local' knows no scheduler, got {told.dask_scheduler!r}; set SIMWORTH_EXECUTOR=dask"
        )
    workers = 1 if told.device == "cuda" and told.workers is None else _workers(told)
    return Machine(workers, told.device, executor, told.dask_scheduler, told.dask_resources or None)


def worker_count() -> int:
    """Processes at once: as told, else the cores that this process may use."""
    return _workers(read_environment())


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def log_file() -> Path | None:
    """Where the log goes, None for nowhere."""
    named = read_environment().log_file
    return None if named is None else named.expanduser().absolute()


def store_root() -> Path:
    """Where work that outlives a stage is kept, descriptors and shards, shared by worktrees and experiments."""
    named = read_environment().store
    return _beside(Path.cwd()) if named is None else named.expanduser().resolve()


@contextlib.contextmanager
def exported(values: Mapping[str, str]) -> Iterator[None]:
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


@cache
def _beside(folder: Path) -> Path:
    return (common_folder(folder) or folder) / ".simworth"


def _workers(told: Environment) -> int:
    return cores() if told.workers is None else told.workers


def _rule(name: str, message: str) -> str:
    """What a value must be; a list of names as the type has it."""
    kind = Environment.model_fields[name].annotation
    for literal in (kind, *get_args(kind)):
        if options := [one for one in get_args(literal) if isinstance(one, str)]:
            return f"must be one of {', '.join(options)}"
    return message.removeprefix("Value error, ")


def _local_file() -> dict[str, object]:
    path = Path(LOCAL_FILE)
    if not path.is_file():
        return {}
    content = read_yaml(path)
    known = Environment.model_fields
    if not isinstance(content, Mapping | None):
        raise SimworthError(f"{LOCAL_FILE}: must be a mapping, with keys of {', '.join(known)}")
    found = {str(key): value for key, value in (content or {}).items() if value is not None}
    if unknown := [key for key in found if key not in known]:
        raise SimworthError(f"{LOCAL_FILE}: unknown key {unknown[0]!r}{did_you_mean(unknown[0], known)}")
    return found
