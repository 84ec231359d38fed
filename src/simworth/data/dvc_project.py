"""The DVC project around a folder: its settings, cache and remotes. Used outside stages only.

`python -m simworth.data.dvc_project` answers what needs a remote, in a process that is ended after a time limit.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.git import git
from simworth.yaml_files import parse_yaml

ANSWER: Final = 30.0
"""seconds that a remote may take to answer"""
TEMPLATE: Final = Path(__file__).with_name("loglog.json")
"""of the plots that dvc.yaml declares; in a checkout a link to the repository's own"""


def dvc_file(folder: Path) -> Path:
    """The .dvc file that tracks `folder`."""
    return folder.with_name(folder.name + ".dvc")


def project_of(folder: Path) -> Path | None:
    """Root of the DVC project around `folder`."""
    place = folder.resolve()
    return next((above for above in (place, *place.parents) if (above / ".dvc").is_dir()), None)


def remote_names(folder: Path) -> list[str]:
    """Remotes that DVC knows here, at whatever level they are set; the default one first, where there is one."""
    root = project_of(folder)
    if root is None:
        return []
    settings = _config(root)
    default = settings["core"].get("remote")
    return sorted(settings["remote"], key=lambda name: (name != default, name))


def default_remote(folder: Path) -> str:
    """Name of the default remote, '' where none is set."""
    root = project_of(folder)
    return str(_config(root)["core"].get("remote") or "") if root else ""


def cached(md5: str, folder: Path) -> Path | None:
    """The file with this md5 in the cache that the project uses, or None."""
    root = project_of(folder)
    if root is None or not md5:
        return None
    place = Path(_config(root)["cache"].get("dir") or root / ".dvc" / "cache") / "files" / "md5" / md5[:2] / md5[2:]
    return place if place.is_file() else None


def cached_whole(md5: str, folder: Path) -> bool:
    """Whether the cache holds the file with this md5; of a folder, its list and each file that the list names."""
    place = cached(md5, folder)
    if place is None or not md5.endswith(".dir"):
        return place is not None
    files = (str(file["md5"]) for file in json.loads(place.read_bytes()))
    return all((place.parents[1] / name[:2] / name[2:]).is_file() for name in files)


def _config(root: Path) -> Any:
    from dvc.config import Config, ConfigError  # a third of a second, which a fetch with nothing to do does not spend

    try:
        return Config(dvc_dir=str(root / ".dvc"))
    except ConfigError as error:
        raise SimworthError(f"DVC's settings of {root}: {error}") from None


def run_dvc(*arguments: str, folder: Path) -> str:
    """Run `dvc` in the project around `folder`; '' where it succeeds, else its complaint."""
    done = _python("dvc", *arguments, folder=project_of(folder) or Path.cwd())
    if done.returncode == 0:
        return ""
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()] or ["no reason given"]
    return next((line for line in said if line.startswith("ERROR")), said[0])


def _python(module: str, *words: str, folder: Path, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module in a process of its own, ended after a time limit."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )


def begin_project(folder: Path, scm: Literal["no_scm", "subdir", ""], **settings: str) -> None:
    """Make `folder` a project of DVC's, with these settings of its section `core`; SimworthError says why it failed."""
    from dvc.exceptions import DvcException
    from dvc.logger import set_loggers_level
    from dvc.repo import Repo

    try:
        with warnings.catch_warnings(), set_loggers_level(logging.ERROR):
            warnings.simplefilter("ignore")  # of DVC's own libraries
            Repo.init(str(folder), **({scm: True} if scm else {})).close()
    except DvcException as error:
        raise SimworthError(f"folder {folder}: dvc init failed: {' '.join(str(error).split())}") from None
    with _config(folder).edit("repo") as kept:
        kept["core"].update(settings)
    write_whole(folder / ".dvc" / "plots" / TEMPLATE.name, TEMPLATE.read_bytes())


def track(folder: Path) -> None:
    """`dvc add` the folder; SimworthError says why it failed."""
    if complaint := _in_process(folder, lambda repo: repo.add(str(folder.resolve()))):
        raise SimworthError(f"folder {folder}: DVC cannot track it: {complaint}")


def ignore(folder: Path) -> None:
    """Let git ignore the folder, as `dvc add` would, before it holds anything; nothing where DVC runs without git."""
    _in_process(folder, lambda repo: repo.scm_context.ignore(str(folder.resolve())))


def _in_process(folder: Path, act: Callable[[Any], object]) -> str:
    """Let DVC act on the project around `folder`, without the seconds that starting `dvc` takes."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with warnings.catch_warnings(), Repo(str(project_of(folder) or Path.cwd())) as repo:
            warnings.simplefilter("ignore")  # of DVC's own libraries
            act(repo)
    except DvcException as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return ""


def add_remote(name: str, url: Path, root: Path) -> None:
    """Add a remote to the settings of the project at `root` that git tracks."""
    with _config(root).edit("repo") as settings:
        settings["remote"][name] = {"url": str(url)}


@cache
def silent(root: Path, remote: str) -> str:
    """Why a remote is not to be asked, '' where it answers; asked once a process."""
    return _ask(root, "answers", remote, seconds=ANSWER)


def from_remotes(md5: str, name: str, folder: Path, to: Path) -> str:
    """Bring a file known by its md5 ('' where it is not), or by its name in what `folder` held as `cached_as` says, to
    `to`; '' where it came, else what was tried."""
    root = project_of(folder)
    remotes = remote_names(folder)
    if root is None or not remotes:
        return "DVC: no remote is set"
    tried, folders = [], ",".join(_tracked(folder))
    for remote in remotes:
        why = silent(root, remote) or _ask(root, "get", remote, name, str(to), md5, folders)
        if not why:
            return ""
        tried.append(f"DVC remote {remote!r}: {why}")
    return "; ".join(tried)


def cached_as(name: str, folder: Path) -> Iterator[Path]:
    """Files in the cache that a folder held under this name, as it is tracked now or was in any commit."""
    for md5 in _tracked(folder):
        if listed := cached(md5, folder):
            known = [one["md5"] for one in json.loads(listed.read_bytes()) if one["relpath"] == name]
            yield from filter(None, (cached(one, folder) for one in known))


def _tracked(folder: Path) -> list[str]:
    """md5 of a folder as its .dvc file has it now and in every commit that git reaches, tags and branches included;
    newest first."""
    path = dvc_file(folder.resolve())
    states = [("now", path.read_text(encoding="utf-8"))] if path.is_file() else []
    for commit in (git("log", "--all", "--format=%H", "--", str(path), folder=project_of(folder)) or "").split():
        states.append((commit[:9], git("show", f"{commit}:./{path.name}", folder=path.parent) or ""))
    outs = [out for at, text in states for out in (parse_yaml(text, f"{path.name} at {at}") or {}).get("outs", [])]
    return [md5 for md5 in dict.fromkeys(str(out.get("md5", "")) for out in outs) if md5.endswith(".dir")]


def _ask(root: Path, question: str, *words: str, seconds: float | None = None) -> str:
    """Ask a remote in a process of its own; '' where it did what was asked, else why not."""
    try:
        done = _python("simworth.data.dvc_project", question, *words, folder=root, seconds=seconds)
    except subprocess.TimeoutExpired:
        return f"does not answer within {seconds:.0f} s"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines[-1] if lines else "no reason given")


def _get(odb: Any, local: Any, name: str, to: str, md5: str, folders: str) -> str:
    for known in [*([md5] if md5 else []), *_listed(odb, local, name, folders)]:
        if odb.exists(known):
            odb.fs.get_file(odb.oid_to_path(known), to)
            return ""
    return f"does not hold {name}"


def _listed(odb: Any, local: Any, name: str, folders: str) -> list[str]:
    """md5 of the files called `name` in tracked folders, whose lists lie in the cache or in the remote."""
    found: dict[str, None] = {}
    for md5 in [md5 for md5 in folders.split(",") if md5]:
        place = next((store for store in (local, odb) if store.exists(md5)), None)
        if place is not None:
            with place.fs.open(place.oid_to_path(md5)) as file:
                found |= {one["md5"]: None for one in json.load(file) if one["relpath"] == name}
    return list(found)


def _main(question: str, remote: str, *words: str) -> str:
    from dvc.repo import Repo

    with Repo() as repo:
        odb = repo.cloud.get_remote_odb(remote)
        if question == "get":
            return _get(odb, repo.cache.local, *words)
        odb.fs.exists(odb.path)
        return ""


if __name__ == "__main__":
    try:
        sys.exit(_main(*sys.argv[1:]) or 0)
    except Exception as error:  # fsspec's file systems raise errors of many types
        sys.exit(f"{type(error).__name__}: {error}")
