"""data/catalogue/<database>/<release>.yaml: which releases exist, of which files, under which licence.

A file a release, so that branches that each add one merge without a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from simworth.config import Settings
from simworth.data.mapping import TableMapping
from simworth.errors import SimworthError, did_you_mean, first_of
from simworth.records import Record
from simworth.yaml_files import read_yaml


def _must(be: str, holds: Callable[[str], object]) -> AfterValidator:
    """Refuses a text of which `holds` is false, unless it is ''."""

    def check(value: str) -> str:
        if value and not holds(value):
            raise ValueError(f"must be {be}, got {value!r}")
        return value

    return AfterValidator(check)


def _is_below(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in Path(path).parts


class SourceFile(Record):
    """One file of a release, known by its hash wherever it comes from."""

    name: Annotated[
        str, Field(min_length=1), _must("a plain file name", lambda name: name == Path(name).name and name[0] != ".")
    ]
    """under data/raw/<database>/"""
    sha256: Annotated[str, Field(min_length=1), _must("64 hex digits", re.compile(r"[0-9a-f]{64}").fullmatch)]
    bytes: int = Field(ge=0)
    url: Annotated[
        str,
        _must(
            "https, or file below the folder that SIMWORTH_MIRROR names",
            lambda url: url.startswith(("https://", "file://")),
        ),
    ] = ""
    """https address of exactly this state (pinned commit); '' where the file cannot be downloaded"""
    mirror: Annotated[str, _must("a path below the mirror folder", _is_below)] = ""
    """path below the folder that SIMWORTH_MIRROR names; '' where no mirror holds it"""
    md5: Annotated[str, _must("32 hex digits", re.compile(r"[0-9a-f]{32}").fullmatch)] = ""
    """what DVC's cache and remotes know the file by; '' where it has not been added here"""


class Upstream(Record):
    """Where successors of a release appear."""

    service: Literal["github", "huggingface", "figshare", "zenodo", "starrydata", "url"]
    at: Annotated[str, _must("https where it is an address", lambda at: "://" not in at or at.startswith("https://"))]
    """owner/repository, owner/dataset, number of an article or record, or the https address of a manifest or file"""
    files: tuple[str, ...] = ()
    """their paths there, in the order of the release's files; () where they are called as in the release"""
    reader: str = ""
    """what reads a successor whose files are others than the release's; '' for the release's own reader"""
    state: str = ""
    """of this release: commit, revision, version (v3), record, date or ETag"""


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
        raise SimworthError(f"catalogue {where}: {first_of(error)}") from None


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
