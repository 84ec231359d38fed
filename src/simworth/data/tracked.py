"""DVC's view of a database's folder, through its command line; used outside stages only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from simworth.errors import SimworthError


def dvc_file(folder: Path) -> Path:
    """The .dvc file that tracks `folder`."""
    return folder.with_name(folder.name + ".dvc")


def is_tracked(folder: Path) -> bool:
    """Whether `folder` has a .dvc file inside a DVC project."""
    return dvc_file(folder).is_file() and _project(folder) is not None


def has_remote(folder: Path) -> bool:
    """Whether the project around `folder` names a default remote, in its own or the machine's settings."""
    project = _project(folder)
    configs = [project / ".dvc" / name for name in ("config", "config.local")] if project else []
    return any("remote =" in path.read_text(encoding="utf-8") for path in configs if path.is_file())


def cached(md5: str, folder: Path) -> Path | None:
    """The file with this md5 in the project's own cache, or None."""
    project = _project(folder)
    place = project / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:] if project and md5 else None
    return place if place and place.is_file() else None


def run_dvc(*arguments: str, folder: Path) -> str:
    """Run `dvc` in the project around `folder`; '' where it succeeds, else its complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=_project(folder) or Path.cwd(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode == 0:
        return ""
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return next((line for line in said if line.startswith("ERROR")), said[0] if said else "no reason given")


def track(folder: Path, push: bool) -> None:
    """`dvc add` the folder, and mark whether it may be pushed; SimworthError says why it failed."""
    complaint = run_dvc("add", str(folder.resolve()), folder=folder)
    if complaint:
        raise SimworthError(f"folder {folder}: DVC cannot track it: {complaint}")
    yaml = YAML()
    path = dvc_file(folder)
    content = yaml.load(path.read_text(encoding="utf-8"))
    if push:
        content["outs"][0].pop("push", None)
    else:
        content["outs"][0]["push"] = False
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _project(folder: Path) -> Path | None:
    place = folder.resolve()
    return next((above for above in (place, *place.parents) if (above / ".dvc").is_dir()), None)
