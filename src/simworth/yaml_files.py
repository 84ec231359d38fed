"""Reading YAML safely, and editing it so that comments, order and quotes survive."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from simworth.errors import SimworthError
from simworth.files import write_whole

_WIDTH: Final = 4096
"""characters; longer lines would be broken when they are written again"""


def read_yaml(path: Path, what: str = "file") -> Any:
    """Content of a YAML file as plain values; SimworthError names `what` it is, the path and the reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SimworthError(f"{what} {path}: cannot be read ({error.strerror}); run in the project's root") from None
    except UnicodeDecodeError as error:
        raise SimworthError(f"{what} {path}: is not UTF-8 text ({error.reason})") from None
    return parse_yaml(text, f"{what} {path}")


def parse_yaml(text: str, where: str) -> Any:
    """Content of a YAML text as plain values; `where` names it in messages."""
    try:
        return YAML(typ="safe").load(text)
    except YAMLError as error:
        conflict = "; it holds marks of a merge, settle them first" if "<<<<<<< " in text else ""
        raise SimworthError(f"{where}: is not YAML: {error}{conflict}") from None


@contextmanager
def edited(path: Path) -> Iterator[CommentedMap]:
    """The mapping in a YAML file, to be changed in place; written whole at the end if it differs, a .dvc file as DVC
    itself writes it, which else would change it again."""
    offset = 0 if path.suffix == ".dvc" else 2
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    parse_yaml(before, str(path))
    content = _round_trip().load(before) if before else CommentedMap()
    shown = yaml_text(content, offset)
    yield content
    if (after := yaml_text(content, offset)) != shown:
        write_whole(path, after.encode())


def yaml_text(content: object, offset: int = 2) -> str:
    """A value as YAML text; `offset`: spaces before the dash of an item."""
    buffer = io.StringIO()
    _round_trip(offset).dump(content, buffer)
    return buffer.getvalue()


def _round_trip(offset: int = 2) -> YAML:
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml
