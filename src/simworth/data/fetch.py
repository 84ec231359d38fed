"""Lay the selected releases down: from DVC's cache or remote, else the mirror folder, else the origin."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from simworth.config import Database
from simworth.data.catalogue import Catalogue, Release, SourceFile, load_catalogue
from simworth.data.dvc_project import cached, cached_as, dvc_file, from_remotes, ignore, project_of, track
from simworth.data.http import Patience, Unanswered, download
from simworth.data.private import direct_outputs, mark_snapshot, refuse_push
from simworth.data.project import Project, alone
from simworth.digests import file_md5, file_sha256
from simworth.environment import read_environment
from simworth.errors import NoReleaseReachable, SimworthError

PATIENCE: Final = Patience(answer=5.0, tries=1)
"""with an origin, which is the last way of several"""
MIRROR: Final = "SIMWORTH_MIRROR"
"""environment variable that names the mirror folder"""

Say = Callable[[str], None]


@alone
def fetch(project: Project, say: Say) -> None:
    """Bring the files of every selected release into data/raw/<database>/, hashes checked.

    Files that are there and right are left alone. Raises NoReleaseReachable where none can be had, SimworthError
    where some cannot, or where a file is not what the catalogue says. What may not be redistributed is kept from the
    default remote first: dvc.yaml and the .dvc files are changed where that is needed. DVC tracks what it brings, so
    that git ignores it.
    """
    failed: list[str] = []
    brought = 0
    settings = project.settings()
    private = direct_outputs(project)
    for name in private:
        refuse_push(settings, name, project.raw / name, project.pipeline)
    for name, database in settings.databases.items():
        known = load_catalogue(project.catalogues / name)
        folder = project.raw / name
        if name in private and project_of(folder) is not None and not dvc_file(folder).is_file():
            ignore(folder)  # some of its files may come although others do not
        problems = fetch_database(database, known, folder, say)
        if not problems:
            _track(folder, name in private)
        failed += problems
        brought += len(database.releases) - len(problems)
    if failed:
        text = " | ".join(failed)
        if not brought:
            raise NoReleaseReachable(f"no release can be reached: {text}")
        raise SimworthError(f"{text}; set {MIRROR} to a folder that holds it, or select another release in params.yaml")


def _track(folder: Path, private: bool) -> None:
    """Let DVC track the folder of a database that was selected, not added; nothing outside a project of DVC's."""
    if project_of(folder) is not None and not dvc_file(folder).is_file():
        track(folder)
        mark_snapshot(folder, private)


def fetch_database(database: Database, known: Catalogue, folder: Path, say: Say) -> list[str]:
    """Bring one database's selected releases; a line for each that could not be had, with every way tried."""
    selected = {name: known.get(name, f"folder {folder.name}") for name in database.releases}
    wanted = {file.name: file for release in selected.values() for file in release.files}
    _clear(folder, wanted, known, say)
    failed = []
    for name, release in selected.items():
        missing = [file for file in release.files if not (folder / file.name).is_file()]
        if why := _bring(missing, folder, say):
            failed.append(f"release {name!r}: {why}")
    return failed


def fetch_release(project: Project, database: str, name: str, say: Say) -> tuple[Release, Path]:
    """A release of the catalogue, selected or not, and the folder of its files: the database's, where they lie there,
    else one among DVC's temporary files, which nobody shares. SimworthError where one cannot be had."""
    release = load_catalogue(project.catalogues / database).get(name, f"release {database}/{name}")
    if all(_there(project.raw / database / file.name, file) for file in release.files):
        return release, project.raw / database
    kept = project.params.parent / ".dvc/tmp/releases" / database / name
    if why := _bring([file for file in release.files if not _there(kept / file.name, file)], kept, say):
        raise SimworthError(f"release '{database}/{name}': {why}; set {MIRROR} to a folder that holds it")
    return release, kept


def _there(path: Path, file: SourceFile) -> bool:
    return path.is_file() and file_sha256(path) == file.sha256


def _clear(folder: Path, wanted: dict[str, SourceFile], known: Catalogue, say: Say) -> None:
    """Take away what belongs to releases no longer selected; refuse what nobody could bring back."""
    if not folder.is_dir():
        return
    catalogued = {file.sha256: file for release in known.releases.values() for file in release.files}
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        got = file_sha256(path) if path.is_file() else ""
        if path.name in wanted and got == wanted[path.name].sha256:
            continue
        source = catalogued.get(got)
        if source and (source.url or source.mirror or cached(file_md5(path), folder)):
            path.unlink()
            say(f"{path}: of a release that is not selected, taken away (it can be fetched again)")
        elif path.name in wanted:
            raise SimworthError(
                f"file {path}: sha256 is {got}, the catalogue expects {wanted[path.name].sha256}; "
                "delete the file to fetch it again, or add it as a release with `simworth release add`"
            )
        else:
            raise SimworthError(
                f"file {path}: belongs to no release in the catalogue; move it away, or add it with "
                "`simworth release add`"
            )


def _bring(files: Sequence[SourceFile], folder: Path, say: Say) -> str:
    """Bring files from DVC's cache or remotes, the mirror, or their origin; '' where all came, else every way tried for
    the first that did not."""
    ways = {"DVC's cache": _from_cache, "a DVC remote": _from_remotes, "the mirror": _from_mirror, "": _from_origin}
    for file in files:
        tried = []
        for name, way in ways.items():
            if not (why := way(file, folder)):
                say(f"{folder / file.name}: from {name or file.url}")
                break
            tried.append(why)
        else:
            return "; ".join(tried)
    return ""


def _from_cache(file: SourceFile, folder: Path) -> str:
    """By the file's md5, or under its name in what the .dvc file tracks or tracked in any commit."""
    for known in (cached(file.md5, folder), *cached_as(file.name, folder)):
        if known and file_sha256(known) == file.sha256:
            _copy(known, file, folder)
            return ""
    return f"DVC's cache: does not hold {file.name}"


def _from_remotes(file: SourceFile, folder: Path) -> str:
    with TemporaryDirectory() as beside:
        came = Path(beside) / file.name
        why = from_remotes(file.md5, file.name, folder, came)
        if not why and file_sha256(came) != file.sha256:
            why = f"DVC remote: another release's {file.name}"
        if not why:
            _copy(came, file, folder)
    return why


def _from_mirror(file: SourceFile, folder: Path) -> str:
    mirror = read_environment().mirror
    if not mirror:
        return f"mirror: {MIRROR} is not set"
    if not file.mirror:
        return f"mirror: none holds {file.name}"
    source = Path(mirror) / file.mirror
    if not source.is_file():
        return f"mirror: no file {source}"
    _copy(source, file, folder)
    return ""


def _from_origin(file: SourceFile, folder: Path) -> str:
    if not file.url:
        return f"origin: {file.name} has no address"
    if file.url.startswith("file:"):
        place = Path(url2pathname(urlsplit(file.url).path))
        mirror = read_environment().mirror
        if not mirror or not place.resolve().is_relative_to(Path(mirror).resolve()):
            return f"origin: {file.url}: files of this machine are read only below the folder that {MIRROR} names"
        if not place.is_file():
            return f"origin: {file.url}: is not there"
        _copy(place, file, folder)
        return ""
    try:
        _lay(file, folder, partial(download, file.url, patience=PATIENCE), file.url)
    except Unanswered as error:
        return f"origin: {error}"
    return ""


def _lay(file: SourceFile, folder: Path, get: Callable[[Path], object], origin: str) -> None:
    """Let `get` write the file, and put it in its place where its hash is the catalogue's."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".incoming-") as beside:
        came = Path(beside) / file.name
        get(came)
        if (got := file_sha256(came)) != file.sha256:
            raise SimworthError(
                f"file {file.name!r} from {origin}: expected sha256 {file.sha256} ({file.bytes} bytes), got {got}; "
                "nothing was kept; the source has changed or was cut on the way"
            )
        came.chmod(0o644)
        came.replace(folder / file.name)


def _copy(source: Path, file: SourceFile, folder: Path) -> None:
    _lay(file, folder, partial(shutil.copyfile, source), str(source))
