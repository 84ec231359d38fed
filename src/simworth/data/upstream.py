"""The newest state of a database at the service that publishes it (`upstream:` of a catalogue entry)."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urljoin

from simworth.data.catalogue import Release, Upstream
from simworth.data.http import Patience, get_json, headers_of
from simworth.errors import SimworthError


@dataclass(frozen=True)
class RemoteFile:
    """A file as a service offers it."""

    name: str
    url: str
    """of exactly this state, where the service has such addresses"""
    sha256: str = ""
    """'' where the service does not say"""
    md5: str = ""


@dataclass(frozen=True)
class State:
    """A dated state of a database upstream."""

    key: str
    """commit, revision, version, record or ETag"""
    date: str
    """YYYY-MM-DD, '' where the service does not say"""
    files: tuple[RemoteFile, ...]

    @property
    def name(self) -> str:
        """What the release is called: its date and a short form of the key."""
        short = self.key[:7] if re.fullmatch(r"[0-9a-f]{32,}", self.key) else re.sub(r"[^A-Za-z0-9.-]+", "", self.key)
        return "-".join(dict.fromkeys(part for part in (self.date, short[:16]) if part))

    @property
    def dated(self) -> bool:
        """Whether the key is but a date, on which other files may come: their hashes tell."""
        return self.key == self.date

    def apart(self, known: Container[str]) -> State:
        """Named by its hashes where a release of `known` has the name that its date gives."""
        return replace(self, key=_digest(self.files)) if self.dated and self.name in known else self


def newest(release: Release, patience: Patience) -> State:
    """The newest state of the files of `release` upstream, under their names in the release, unless another reader
    takes the successor.

    SimworthError where the service does not give it.
    """
    upstream = release.upstream
    assert upstream is not None
    names = upstream.files or tuple(file.name for file in release.files)
    if len(names) != len(release.files) and not upstream.reader:
        raise SimworthError(
            f"upstream {upstream.at}: `files:` names {len(names)} files, the release {len(release.files)}"
        )
    try:
        state = SERVICES[upstream.service](upstream, names, patience)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise SimworthError(
            f"upstream {upstream.service} {upstream.at}: answers in a form that is not known "
            f"({type(error).__name__}: {error})"
        ) from None
    if upstream.reader:
        return state
    if len(state.files) != len(release.files):
        raise SimworthError(
            f"upstream {upstream.service} {upstream.at}: gives {len(state.files)} files, the release has "
            f"{len(release.files)}; name a service that lists them, or a `reader:` that takes what it gives"
        )
    called = zip(state.files, release.files, strict=True)  # readers may know files by their names
    return replace(state, files=tuple(replace(file, name=held.name) for file, held in called))


def is_new(state: State, release: Release, known: Iterable[Release]) -> bool:
    """Whether no release of the catalogue is this state, by the hashes of its files or by a key that is no date."""
    upstream = release.upstream
    assert upstream is not None
    held = {digest for one in known for file in one.files for digest in (file.sha256, file.md5) if digest}
    if all({file.sha256, file.md5} & held for file in state.files):
        return False
    same = [one.upstream for one in known if one.upstream]
    here = {one.state for one in same if (one.at, one.files) == (upstream.at, upstream.files)}
    return state.dated or state.key not in here


def _github(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """The last commit that touched one of the paths."""
    api = f"https://api.github.com/repos/{upstream.at}/commits"
    commits = [get_json(f"{api}?path={quote(name)}&per_page=1", patience)[0] for name in names]
    last = max(commits, key=lambda one: str(one["commit"]["committer"]["date"]))
    raw = f"https://raw.githubusercontent.com/{upstream.at}/{last['sha']}"
    files = tuple(RemoteFile(name.rsplit("/", 1)[-1], f"{raw}/{quote(name)}") for name in names)
    return State(last["sha"], last["commit"]["committer"]["date"][:10], files)


def _hugging_face(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """The main revision of a dataset, with the hashes of its large files."""
    info = get_json(f"https://huggingface.co/api/datasets/{upstream.at}?blobs=true", patience)
    base = f"https://huggingface.co/datasets/{upstream.at}/resolve/{info['sha']}"
    files = tuple(
        RemoteFile(name.rsplit("/", 1)[-1], f"{base}/{quote(name)}", str((one.get("lfs") or {}).get("sha256", "")))
        for name, one in _named(info["siblings"], "rfilename", names, upstream)
    )
    return State(info["sha"], str(info.get("lastModified", ""))[:10], files)


def _figshare(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """The newest version of an article."""
    article = get_json(f"https://api.figshare.com/v2/articles/{upstream.at}", patience)
    files = tuple(
        RemoteFile(name, one["download_url"], md5=one.get("computed_md5") or "")
        for name, one in _named(article["files"], "name", names, upstream)
    )
    date = str(article.get("modified_date") or article.get("published_date") or "")[:10]
    return State(f"v{article['version']}", date, files)


def _zenodo(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """The newest record of the concept that a record belongs to."""
    record = get_json(f"https://zenodo.org/api/records/{upstream.at}/versions/latest", patience)
    files = tuple(
        RemoteFile(name, one["links"]["self"], md5=str(one.get("checksum", "")).removeprefix("md5:"))
        for name, one in _named(record["files"], "key", names, upstream)
    )
    return State(str(record["id"]), str(record["metadata"].get("publication_date", ""))[:10], files)


def _starrydata(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """A manifest.json: a date and, for each file beside it, bytes and sha256, as a list or by name."""
    manifest = get_json(upstream.at, patience)
    listed = manifest["files"]
    if isinstance(listed, Mapping):
        listed = [{**one, "name": name} for name, one in listed.items()]
    files = tuple(
        RemoteFile(name, urljoin(upstream.at, quote(name)), one["sha256"])
        for name, one in _named(listed, "name", names, upstream)
    )
    date = str(manifest.get("date") or manifest.get("created_at") or manifest.get("generated_at") or "")[:10]
    return State(date or _digest(files), date, files)


def _digest(files: Iterable[RemoteFile]) -> str:
    return sha256("".join(file.sha256 for file in files).encode()).hexdigest()


def _url(upstream: Upstream, names: tuple[str, ...], patience: Patience) -> State:
    """One file at an address that says when it changes."""
    headers = headers_of(upstream.at, patience)
    key = headers.get("ETag") or headers.get("Last-Modified")
    if not key:
        raise SimworthError(f"upstream {upstream.at}: gives neither ETag nor Last-Modified, so a change cannot be seen")
    return State(key.removeprefix("W/").strip('"'), "", (RemoteFile(names[0], upstream.at),))


def _named(listed: Iterable[Any], key: str, names: Iterable[str], upstream: Upstream) -> Iterator[tuple[str, Any]]:
    """Each of `names` with what a service lists under it; `key` holds the name of a listed file."""
    there = {one[key]: one for one in listed}
    for name in names:
        if name not in there:
            held = ", ".join(sorted(there)[:5]) or "nothing"
            raise SimworthError(
                f"upstream {upstream.service} {upstream.at}: holds no file {name!r} (it holds {held}); name the new "
                "one under `upstream: files:` of the catalogue's entry"
            )
        yield name, there[name]


Service = Callable[[Upstream, tuple[str, ...], Patience], State]
SERVICES: Final[Mapping[str, Service]] = {
    "github": _github,
    "huggingface": _hugging_face,
    "figshare": _figshare,
    "zenodo": _zenodo,
    "starrydata": _starrydata,
    "url": _url,
}
