"""Tables of releases and what to do next, for the terminal."""

from __future__ import annotations

from pathlib import Path

from simworth.config import Settings
from simworth.data.catalogue import Release, load_catalogue
from simworth.errors import SimworthError
from simworth.terminal import table

_HEADER = ("database", "release", "date", "selected", "here", "licence", "redistribute")


def list_releases(settings: Settings, catalogues: Path, raw: Path) -> str:
    """Every release in every catalogue as an aligned table."""
    paths = sorted(path for path in catalogues.glob("*") if path.is_dir())
    if not paths:
        raise SimworthError(f"folder {catalogues}: holds no catalogue; run in the project's root")
    rows: list[tuple[str, ...]] = []
    for path in paths:
        chosen = settings.databases.get(path.name)
        selected = list(chosen.releases) if chosen else []
        for name, release in load_catalogue(path).releases.items():
            rank = str(selected.index(name) + 1) if name in selected else "-"
            here = _here(release, raw / path.name)
            may = "yes" if release.redistribute else "no"
            rows.append((path.name, name, release.date or "?", rank, here, release.licence or "?", may))
    return table(_HEADER, rows)


def _here(release: Release, folder: Path) -> str:
    """By size, which tells releases apart well enough for a list; fetch checks hashes."""
    sizes = [(folder / file.name).stat().st_size if (folder / file.name).is_file() else -1 for file in release.files]
    return "yes" if sizes == [file.bytes for file in release.files] else "no"


def next_steps(database: str, name: str, private: bool) -> str:
    """The commands that take a new release from the folder into the history."""
    tag = f"{database}-{name}"
    push = (
        "dvc push          # what may not be redistributed goes to the remote 'private' alone"
        if private
        else "dvc push"
    )
    return "\n".join(
        [
            f"release {name} of {database} is in place and selected. Next:",
            "  dvc repro",
            "  git add -A data params.yaml dvc.yaml dvc.lock .dvc reports",
            f'  git commit -m "{database}: release {name}"',
            f"  git tag {tag}",
            f"  {push}",
            f"  dvc metrics diff OLD {tag}      # OLD: the tag or commit before",
            *(["After a task is added or removed: simworth release fetch, before dvc repro."] if private else []),
            "dvc gc -w without -T would delete earlier releases from the cache.",
        ]
    )
