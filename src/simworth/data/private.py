"""What may not be redistributed must not be pushed."""

from __future__ import annotations

from pathlib import Path

from simworth.config import Database
from simworth.data.catalogue import Catalogue
from simworth.errors import SimworthError


def refuse_push(database: str, chosen: Database, known: Catalogue, pipeline: Path) -> None:
    """SimworthError where a selected release may not be redistributed and `pipeline` still says `push: true`."""
    private = [name for name in chosen.releases if not known.get(name, database).redistribute]
    if chosen.redistribute and not private:
        return
    try:
        lines = pipeline.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SimworthError(f"pipeline {pipeline}: cannot be read ({error.strerror})") from None
    open_lines = [number for number, line in enumerate(lines, 1) if "".join(line.split("#")[0].split()) == "push:true"]
    if open_lines:
        which = f"release {private[0]!r}" if private else f"database {database!r} (databases.{database}.redistribute)"
        raise SimworthError(
            f"{which} may not be redistributed, but {pipeline} line {open_lines[0]} says `push: true`; "
            "write `push: false` there and on the other outputs that hold values"
        )
