"""data/catalogue/<database>.yaml: which releases exist, of which files, under which licence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simworth.config.suggest import did_you_mean
from simworth.errors import SimworthError

_STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SourceFile:
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
    """what DVC's cache knows the file by; '' where it can be had from elsewhere"""

    @field_validator("sha256")
    @classmethod
    def _is_hash(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise ValueError(f"sha256 must be 64 hex digits, got {value!r}")
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


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Release:
    """One dated state of a database."""

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
    """property -> unit of the files, where it is not the reader's own"""


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Catalogue:
    """All known releases of one database, by name."""

    releases: dict[str, Release]

    def get(self, name: str, where: str) -> Release:
        """The release `name`; SimworthError names the nearest known one."""
        if name not in self.releases:
            raise SimworthError(f"{where}: no release {name!r}{did_you_mean(name, self.releases)}")
        return self.releases[name]


_ADAPTER = TypeAdapter(Catalogue)


def load_catalogue(path: Path) -> Catalogue:
    """Read and check one catalogue file; SimworthError names the first thing that is wrong."""
    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimworthError(
            f"catalogue {path}: cannot be read ({error.strerror}); one file per database belongs there"
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise SimworthError(f"catalogue {path}: is not YAML: {error}") from None
    return catalogue_from(raw, str(path))


def catalogue_from(raw: Any, where: str) -> Catalogue:
    """Catalogue from plain mappings, as YAML gives them."""
    if not isinstance(raw, Mapping):
        raise SimworthError(f"catalogue {where}: must be a mapping with key 'releases'")
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as error:
        detail = error.errors()[0]
        key = ".".join(str(step) for step in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        raise SimworthError(f"catalogue {where}: {key}: {message}") from None
