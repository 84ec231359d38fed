"""Which selected releases have a successor upstream, and taking one in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simworth.data.add import NewRelease, add_release
from simworth.data.catalogue import Release, load_catalogue
from simworth.data.changes import columns_of, compare, note, refuse_damaged
from simworth.data.http import Patience, download
from simworth.data.ingest import read_release
from simworth.data.project import Project
from simworth.data.upstream import RemoteFile, State, is_new, newest
from simworth.digests import file_md5, file_sha256
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.yaml_files import edited

Say = Callable[[str], None]


@dataclass(frozen=True)
class News:
    """A state upstream that the catalogue does not hold."""

    database: str
    release: str
    """the selected one that it succeeds"""
    entry: Release
    """of that release"""
    state: State

    def __str__(self) -> str:
        files = ", ".join(file.name for file in self.state.files)
        return f"{self.database}: {self.state.name} after {self.release} ({files})"


@dataclass(frozen=True)
class Watched:
    """What the services said."""

    news: tuple[News, ...]
    same: tuple[str, ...]
    """database and release whose upstream holds nothing new"""
    failed: tuple[str, ...]
    """a line for each that could not be asked"""


def watch(project: Project, patience: Patience, databases: Sequence[str] = ()) -> Watched:
    """Ask the upstream of every selected release (of these databases, where named)."""
    news, same, failed = [], [], []
    for database in databases or project.settings().databases:
        for name, entry in project.selected(database).items():
            if entry.upstream is None:
                continue
            try:
                state = newest(entry, patience)
            except SimworthError as error:
                failed.append(f"{database} {name}: {error}")
                continue
            known = load_catalogue(project.catalogues / database).releases
            if is_new(state, entry, known.values()):
                news.append(News(database, name, entry, state.apart(known)))
            else:
                same.append(f"{database} {name}")
    return Watched(tuple(news), tuple(same), tuple(failed))


def add_news(project: Project, news: News, notes: Path, patience: Patience, say: Say) -> Path | None:
    """Fetch, check, compare and add a state as the selected release; the release note that was written.

    None where its files are those of the release before: its entry names the new state from then on. SimworthError, and
    nothing changed, where any of it fails. The release before must lie in the snapshot.
    """
    before = read_release(project.settings(), news.release, news.entry, project.raw / news.database)
    said = notes / f"{news.database}-{news.state.name}.md"
    with tempfile.TemporaryDirectory(dir=project.raw, prefix=".incoming-") as folder:
        files = [_bring(file, Path(folder), patience, say) for file in news.state.files]
        if {file_sha256(path) for path in files} <= {file.sha256 for file in news.entry.files}:
            with edited(project.catalogues / news.database / f"{news.release}.yaml") as entry:
                entry["upstream"]["state"] = news.state.key
            return None
        old = [project.raw / news.database / file.name for file in news.entry.files]
        columns = columns_of(old), columns_of(files)
        release = _new_release(news, tuple(files))
        after = add_release(project, release, say, lambda read: refuse_damaged(compare(before, read)))
    write_whole(said, note(news.database, before, after, columns).encode())
    return said


def _bring(file: RemoteFile, folder: Path, patience: Patience, say: Say) -> Path:
    path = folder / Path(file.name).name
    download(file.url, path, patience)
    say(f"{file.name}: {path.stat().st_size:,} bytes from {file.url}")
    for stated, got in ((file.sha256, file_sha256), (file.md5, file_md5)):
        if stated and got(path) != stated:
            raise SimworthError(
                f"{file.url}: is not what the service says it is ({got(path)[:12]} for {stated[:12]}); nothing was "
                "kept, try again later"
            )
    return path


def _new_release(news: News, files: tuple[Path, ...]) -> NewRelease:
    """The successor: licensed and cited as the release before it, and read like it unless `upstream` names a reader."""
    entry = news.entry
    assert entry.upstream is not None
    return NewRelease(
        database=news.database,
        name=news.state.name,
        reader=entry.upstream.reader or entry.reader,
        files=files,
        units=entry.units,
        date=news.state.date,
        licence=entry.licence,
        citation=entry.citation,
        redistribute=entry.redistribute,
        table=entry.table,
        succeeds=news.release,
        upstream=entry.upstream.model_copy(update={"state": news.state.key, "reader": ""}),
        urls={file.name: file.url for file in news.state.files if entry.upstream.service != "url"},
    )
