"""data/catalogue/<database>/<release>.yaml: which releases exist, of which files, under which licence.

A file a release, so that branches that each add one merge without a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator

from simworth.config import Settings
from simworth.data.mapping import TableMapping
from simworth.errors import SimworthError, did_you_mean
from simworth.records import Record
from simworth.yaml_files import read_yaml


class SourceFile(Record):
    """One file of a release, known by its hash wherever it comes from."""

    name: str
    """under data/raw/<database>/"""
    sha256: str
    """64 hex digits"""
    bytes: int = Field(ge=0)
    url: str = ""
    """https address of exactly this state (pinned commit); '' where the file cannot be downloaded"""
    mirror: str = ""
    """path below the folder that SIMWORTH_MIRROR names; '' where no mirror holds it"""
    md5: str = ""
    """what DVC's cache and remotes know the file by; '' where it has not been added here"""

    @field_validator("sha256")
    @classmethod
    def _is_hash(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise ValueError(f"sha256 must be 64 hex digits, got {value!r}")
        return value

    @field_validator("md5")
    @classmethod
    def _is_md5(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9a-f]{32}", value):
            raise ValueError(f"md5 must be 32 hex digits, got {value!r}")
        return value

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if value and not value.startswith(("https://", "file://")):
            raise ValueError(f"url must be https, or file below the folder that SIMWORTH_MIRROR names, got {value!r}")
        return value

    @field_validator("mirror")
    @classmethod
    def _is_below(cls, value: str) -> str:
        if value and (Path(value).is_absolute() or ".." in Path(value).parts):
            raise ValueError(f"mirror must be a path below the mirror folder, got {value!r}")
        return value

    @field_validator("name")
    @classmethod
    def _is_plain(cls, value: str) -> str:
        if value != Path(value).name or value.startswith("."):
            raise ValueError(f"name must be a plain file name, got {value!r}")
        return value


class Upstream(Record):
    """Where successors of a release appear."""

    service: Literal["github", "huggingface", "figshare", "zenodo", "starrydata", "url"]
    at: str
    """owner/repository, owner/dataset, number of an article or record, or the https address of a manifest or file"""
    files: tuple[str, ...] = ()
    """their paths there, in the order of the release's files; () where they are called as in the release"""
    state: str = ""
    """of this release: commit, revision, version (v3), record, date or ETag"""

    @field_validator("at")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if "://" in value and not value.startswith("https://"):
            raise ValueError(f"at must be https where it is an address, got {value!r}")
        return value


class Release(Record):
    """One dated state of a database."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    reader: str
    """name of the registered reader that understands the files"""
    files: tuple[SourceFile, ...] = Field(min_length=1)
    date: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; '' where unknown"""
    licence: str = ""
    citation: str = ""
    redistribute: bool = True
    """False: neither the files nor what holds their values may be pushed"""
    units: dict[str, str] = Field(default_factory=dict)
    """property -> unit of the files, where it is not the reader's own; `temperature` -> unit of temperatures"""
    table: TableMapping | None = None
    """where the files hold what, for reader `table`"""
    upstream: Upstream | None = Field(default=None, exclude=True)
    """where its successors appear; not a property of the data, so no stage depends on it"""


class Selection(Record):
    """data/selected/<database>.json: the entries of the selected releases, all that ingest needs of the catalogue."""

    made_by = "simworth release selected"

    releases: dict[str, Release]
    """by name, in order of precedence"""
    redistribute: bool
    """False where the database or one of these releases may not be redistributed"""


@dataclass(frozen=True)
class Catalogue:
    """All known releases of one database."""

    folder: Path
    releases: Mapping[str, Release]
    """by name, sorted"""

    def get(self, name: str, where: str) -> Release:
        """The release `name`; SimworthError names the nearest known one."""
        if name not in self.releases:
            near = did_you_mean(name, self.releases)
            raise SimworthError(f"{where}: no release {name!r} in {self.folder}{near}")
        return self.releases[name]


def load_catalogue(folder: Path) -> Catalogue:
    """All entries of a database's folder; SimworthError names the first thing that is wrong."""
    if (old := folder.with_suffix(".yaml")).is_file():
        raise SimworthError(f"catalogue {old}: each release has its own file now, {folder}/<release>.yaml; split it")
    if not folder.is_dir():
        raise SimworthError(f"catalogue {folder}: is no folder; a file per release of the database belongs there")
    return Catalogue(folder, {path.stem: load_release(path) for path in sorted(folder.glob("*.yaml"))})


def load_release(path: Path) -> Release:
    """One entry; SimworthError names what is wrong with it."""
    return release_from(read_yaml(path, "catalogue"), str(path))


def release_from(raw: Any, where: str) -> Release:
    """An entry from plain mappings, as YAML gives them."""
    if not isinstance(raw, Mapping):
        raise SimworthError(f"catalogue {where}: must be a mapping with keys such as 'reader' and 'files'")
    try:
        return Release.model_validate(raw)
    except ValidationError as error:
        detail = error.errors()[0]
        key = ".".join(str(step) for step in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        raise SimworthError(f"catalogue {where}: {key}: {message}") from None


def select(settings: Settings, database: str, folder: Path) -> Selection:
    """The selected releases of a database, from its folder of the catalogue; other entries are not read."""
    if database not in settings.databases:
        raise SimworthError(f"databases: no {database!r} in params.yaml{did_you_mean(database, settings.databases)}")
    chosen = settings.databases[database]
    found = {}
    for name in chosen.releases:
        path = folder / f"{name}.yaml"
        where = f"databases.{database}.releases"
        found[name] = load_release(path) if path.is_file() else load_catalogue(folder).get(name, where)
    may = chosen.redistribute and all(release.redistribute for release in found.values())
    return Selection(releases=found, redistribute=may)
