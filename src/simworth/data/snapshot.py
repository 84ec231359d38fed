"""The identity of a database's folder: DVC's own md5 of it."""

from __future__ import annotations

from pathlib import Path

from simworth.digests import file_md5, folder_md5
from simworth.errors import SimworthError


def folder_files(folder: Path) -> list[Path]:
    """Every file below `folder`, in DVC's order."""
    if not folder.is_dir():
        raise SimworthError(f"folder {folder}: is missing; run `simworth release fetch`")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: path.relative_to(folder).parts)


def snapshot_md5(folder: Path) -> str:
    """DVC's md5 of a tracked folder, '<32 hex digits>.dir'."""
    return folder_md5((path.relative_to(folder).as_posix(), file_md5(path)) for path in folder_files(folder))
