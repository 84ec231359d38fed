"""The identity of a database's folder: DVC's own md5 of it, and what it says of each file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from simworth.errors import SimworthError


def file_md5(path: Path) -> str:
    """MD5 of a file's bytes, as DVC stores it."""
    return _hash(path, "md5")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as the catalogue gives it."""
    return _hash(path, "sha256")


def _hash(path: Path, name: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


def folder_files(folder: Path) -> list[Path]:
    """Every file below `folder`, in DVC's order."""
    if not folder.is_dir():
        raise SimworthError(f"folder {folder}: is missing; run `simworth release fetch`")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: path.relative_to(folder).parts)


def folder_md5(folder: Path) -> str:
    """DVC's md5 of a tracked folder, '<32 hex digits>.dir' (the MD5 of the JSON list of its files)."""
    entries = [{"md5": file_md5(path), "relpath": path.relative_to(folder).as_posix()} for path in folder_files(folder)]
    text = json.dumps(entries, sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"
