"""Read releases and say what the quality report would say, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from simworth.data.catalogue import Release, load_catalogue
from simworth.data.ingest import read_files, read_release
from simworth.data.project import Project
from simworth.data.propose import propose
from simworth.data.quality import in_words
from simworth.data.readers import READERS, TableMapping
from simworth.errors import SimworthError
from simworth.terminal import table

EXPORTS: Final = {"polyinfo": "polyinfo"}
"""database -> reader of what users bring, where it is not that of the selected release"""


def check(
    project: Project,
    database: str,
    files: Sequence[Path],
    reader: str,
    units: Mapping[str, str],
    table: TableMapping | None = None,
    sheet: str = "",
) -> str:
    """The account of `files`, or of the selected releases of `database` where none are given, in words; of files of a
    new database without a mapping, a proposal of one, by their `sheet` where they are workbooks."""
    settings = project.settings()
    if not files:
        read = [
            read_release(settings, name, release, project.raw / database)
            for name, release in project.selected(database).items()
        ]
        return in_words((one.name, one.account) for one in read)
    for path in files:
        if not path.is_file():
            raise SimworthError(f"file {path}: is not there")
    if not table and not reader and database not in settings.databases and database not in EXPORTS:
        return "\n".join(propose(path, settings, database, sheet) for path in files)
    chosen = "table" if table else reader or default_reader(project, database)
    found = read_files(settings, files[0].stem, chosen, files, dict(units), table)
    return in_words([(found.name, found.account)])


def default_reader(project: Project, database: str) -> str:
    """The reader that files of `database` most likely need."""
    if database in EXPORTS:
        return EXPORTS[database]
    if database in project.settings().databases:
        return next(iter(project.selected(database).values())).reader
    raise SimworthError(f"database {database!r} is new: pass --reader, one of {', '.join(READERS)}")


_HEADER = ("database", "release", "date", "selected", "here", "licence", "redistribute")


def list_releases(project: Project) -> str:
    """Every release in every catalogue as an aligned table."""
    settings = project.settings()
    paths = sorted(path for path in project.catalogues.glob("*") if path.is_dir())
    if not paths:
        raise SimworthError(f"folder {project.catalogues}: holds no catalogue; run in the project's root")
    rows: list[tuple[str, ...]] = []
    for path in paths:
        chosen = settings.databases.get(path.name)
        selected = list(chosen.releases) if chosen else []
        for name, release in load_catalogue(path).releases.items():
            rank = str(selected.index(name) + 1) if name in selected else "-"
            here = _here(release, project.raw / path.name)
            may = "yes" if release.redistribute else "no"
            rows.append((path.name, name, release.date or "?", rank, here, release.licence or "?", may))
    return table(_HEADER, rows)


def _here(release: Release, folder: Path) -> str:
    """By size, which tells releases apart well enough for a list; fetch checks hashes."""
    sizes = [(folder / file.name).stat().st_size if (folder / file.name).is_file() else -1 for file in release.files]
    return "yes" if sizes == [file.bytes for file in release.files] else "no"


def next_steps(project: Project, database: str, name: str, private: bool) -> str:
    """The commands that take a new release from the folder into the history."""
    tag = f"{database}-{name}"
    code = " code.yaml" if project.pipeline.with_name("code.yaml").is_file() else ""  # in a project without sources
    where = "          # what may not be redistributed goes to the remote 'private' alone" if private else ""
    return "\n".join(
        [
            f"release {name} of {database} is in place and selected. Next:",
            "  dvc repro",
            f"  git add -A data params.yaml dvc.yaml dvc.lock{code} .dvc reports results models",
            f'  git commit -m "{database}: release {name}"',
            f"  git tag {tag}",
            f"  dvc push{where}",
            f"  dvc metrics diff OLD {tag}      # OLD: the tag or commit before",
            *(["After a task is added or removed: simworth release fetch, before dvc repro."] if private else []),
            "dvc gc -w without -T would delete earlier releases from the cache.",
        ]
    )
