"""A line a task: what the project's paired trials are worth in independent ones, as its fits say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simworth.bench.lines import Aim, Line
from simworth.errors import SimworthError
from simworth.results import read_json


@dataclass(frozen=True)
class PairedLoad:
    """Whose trials."""

    fits: Path = Path("results/fits")
    tasks: tuple[str, ...] = ("density", "refractive_index", "chi")


def aim(task: str) -> Aim:
    """Independent trials at every n that would give the same trial-only interval of alpha."""
    return Aim(f"trials of {task} for its interval of alpha", "independent trials for the same interval", "trials", 4.0)


def paired_lines(load: PairedLoad) -> list[Line]:
    """From each task's fit; a task without one has no numbers."""
    return [_line(load.fits / f"{task}.json", task) for task in load.tasks]


def _line(path: Path, task: str) -> Line:
    try:
        found = read_json(path).get("pairing")
    except SimworthError as error:
        return aim(task).missing(str(error))
    if not found:
        return aim(task).missing("too few trials ran at every n")
    if found["factor"] is None:
        return aim(task).missing(str(found["reason"]))
    size = f"{found['trials']} trials, errors paired over n; factor {found['factor']:.3g}"
    return aim(task).measured(found["trials"], found["trials"] * found["factor"], size=size)
