"""Where work that outlives a stage is kept: descriptors and work units, shared by worktrees and experiments."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from simworth.git import common_folder


def store_root() -> Path:
    """`SIMWORTH_STORE`, else `.simworth/` beside the common git directory, else in the working folder."""
    named = os.environ.get("SIMWORTH_STORE")
    if named:
        return Path(named).expanduser().resolve()
    return _beside(Path.cwd())


@cache
def _beside(folder: Path) -> Path:
    return (common_folder(folder) or folder) / ".simworth"


def digest(content: Any) -> str:
    """32 hex digits that stand for JSON-able content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all: temporary file, fsync, rename."""
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def ensure_writable(*files: Path) -> None:
    """An OSError now rather than after hours of work, where one of these files could not be written at their end."""
    for file in files:
        with _named(file):
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            file.parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=file.parent).close()


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the file system names the file that was to be written, not a temporary one."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
