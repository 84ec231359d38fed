"""Private data: what may not be redistributed goes to the DVC remote `private` alone, and stays here without one.

Open projects need none of this. Once a selected release is private, dvc.yaml names the remote of every output that
holds values by a variable, and `data/remotes.yaml` says which that is for each database and task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.comments import CommentedMap

from simworth.config import Settings
from simworth.data.catalogue import select
from simworth.data.dvc_project import add_remote, dvc_file, remote_names
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.yaml_files import edited, read_yaml, yaml_text

if TYPE_CHECKING:
    from simworth.data.project import Project

REMOTE: Final = "private"
"""name of the DVC remote that may hold what may not be redistributed"""
STAYS_HERE: Final = ".simworth/private"
"""its folder where a team has named none: on this machine, ignored by git"""
VARIABLES: Final = "data/remotes.yaml"
"""beside dvc.yaml: section -> database or task -> remote, '' for the default one"""
KEY: Final = "remote_set_by_release_fetch"
"""of an entry: where a task has none yet, this name in DVC's complaint says which command writes it"""
TEMPLATE: Final = f"${{item.{KEY}}}"
AGGREGATES: Final = (
    "results/trials/",
    "results/surfaces/",
    "results/sweeps/",
    "results/fits/",
    "results/curves/",
    "reports/",
)
"""outputs that hold no value of a single material; all others are taken to hold some"""
_SECTIONS: Final = ("databases", "tasks")
_HEADER: Final = """\
# Written by `simworth release add`, `release fetch` and `simworth run`: the DVC remote that takes what holds values
# of each database and task, '' for the default one. dvc.yaml reads it together with params.yaml.
"""


@dataclass(frozen=True)
class Output:
    """One output that dvc.yaml declares."""

    stage: str
    section: str
    """of params.yaml over which the stage is repeated, '' where it is not"""
    path: str
    options: Mapping[str, Any]

    @property
    def holds_values(self) -> bool:
        """Whether DVC keeps it, and single values may be read from it."""
        return self.options.get("cache") is not False and not self.path.startswith(AGGREGATES)

    def remote(self, key: str, variables: Mapping[str, Any]) -> str | None:
        """Remote to which `dvc push` sends it for a database or task: '' is the default one, None is nowhere."""
        if self.options.get("push") is False:
            return None
        named = self.options.get("remote", "")
        if named == TEMPLATE:
            found = ((variables.get(self.section) or {}).get(key) or {}).get(KEY)
            return None if found is None else str(found)  # DVC refuses to run while one is missing
        return str(named or "")


def declared(pipeline: Path) -> list[Output]:
    """Outputs of all stages of a dvc.yaml, plots and metrics included."""
    return [out for _, _, out in _outputs(read_yaml(pipeline, "pipeline").get("stages") or {})]


def private_members(settings: Settings, catalogues: Path) -> dict[str, list[str]]:
    """Section -> databases and tasks whose outputs hold what may not be redistributed."""
    databases = [name for name in settings.databases if not select(settings, name, catalogues / name).redistribute]
    return {"databases": databases, "tasks": sorted({task for name in databases for task in tasks_of(settings, name)})}


def tasks_of(settings: Settings, database: str) -> list[str]:
    """Tasks that learn from a database or are tested on it."""
    return [name for name, task in settings.tasks.items() if database in (task.source.database, task.target.database)]


def direct_outputs(project: Project) -> list[str]:
    """Let dvc.yaml and the .dvc files send each output where it may go; returns the databases that are private.

    Where nothing is private and never was, no file is touched.
    """
    settings, pipeline = project.settings(), project.pipeline
    private = private_members(settings, project.catalogues)
    variables = pipeline.parent / VARIABLES
    if not private["databases"] and not _uses_variables(pipeline):
        return []
    with edited(pipeline) as content:
        _template(content)
    members: dict[str, Iterable[str]] = {"databases": settings.databases, "tasks": settings.tasks}
    remotes = {
        section: {name: {KEY: REMOTE if name in private[section] else ""} for name in members[section]}
        for section in _SECTIONS
    }
    text = _HEADER + yaml_text(remotes)
    if not variables.is_file() or variables.read_text(encoding="utf-8") != text:
        write_whole(variables, text.encode())
    for name in settings.databases:
        mark_snapshot(project.raw / name, name in private["databases"])
    if private["databases"]:
        _ensure_remote(pipeline.parent)
    return private["databases"]


def mark_snapshot(folder: Path, private: bool) -> None:
    """Let the .dvc file of a snapshot, if there is one, name the remote that its files may go to."""
    if dvc_file(folder).is_file():
        with edited(dvc_file(folder)) as content:
            out = content["outs"][0]
            out.pop("push", None)
            out.pop("remote", None)
            if private:
                out["remote"] = REMOTE


def refuse_push(settings: Settings, database: str, raw: Path, pipeline: Path) -> None:
    """SimworthError where `dvc push` would send what holds values of a private database to another remote."""
    variables = _variables(pipeline)
    members = {"databases": [database], "tasks": tasks_of(settings, database), "": [""]}
    leaks = [
        f"{out.path.replace('${key}', key)} of stage {out.stage!r} in {pipeline}"
        for out in declared(pipeline)
        if out.holds_values
        for key in members[out.section]
        if out.remote(key, variables) not in (None, REMOTE)
    ]
    if dvc_file(raw).is_file():
        (options,) = read_yaml(dvc_file(raw))["outs"]
        if Output("", "", str(raw), options).remote("", {}) not in (None, REMOTE):
            leaks.append(f"the snapshot {raw} in {dvc_file(raw)}")
    if leaks:
        raise SimworthError(
            f"database {database!r} or a selected release of it may not be redistributed, but `dvc push` would send "
            f"{leaks[0]} to another remote than {REMOTE!r}; run `simworth release fetch`, which directs the outputs, "
            f"or write `remote: {REMOTE}` there"
        )


def _outputs(stages: Mapping[str, Any]) -> Iterator[tuple[list[Any], int, Output]]:
    """Each output with the list and the place where it is declared; a repeated stage declares its own under `do`."""
    for name, stage in stages.items():
        over = str(stage.get("foreach", "")).strip("${} ")
        body = stage.get("do", stage)
        for outs in (body.get(kind) or [] for kind in ("outs", "metrics", "plots")):
            for place, entry in enumerate(outs):
                for path, options in entry.items() if isinstance(entry, Mapping) else [(entry, None)]:
                    yield outs, place, Output(name, over if over in _SECTIONS else "", path, options or {})


def _template(content: CommentedMap) -> None:
    """Let every output that holds values name its remote by the variable."""
    used = content.get("vars") or []
    if VARIABLES not in used:
        content["vars"] = [*used, VARIABLES]
        content.move_to_end("vars", last=False)
    for outs, place, out in _outputs(content["stages"]):
        if out.section and out.holds_values:
            kept = {key: value for key, value in out.options.items() if key != "push"}
            outs[place] = {out.path: {**kept, "remote": TEMPLATE}}


def _variables(pipeline: Path) -> Mapping[str, Any]:
    path = pipeline.parent / VARIABLES
    return read_yaml(path) or {} if _uses_variables(pipeline) and path.is_file() else {}


def _uses_variables(pipeline: Path) -> bool:
    return VARIABLES in (read_yaml(pipeline, "pipeline").get("vars") or [])


def _ensure_remote(root: Path) -> None:
    """A remote that dvc.yaml names must exist, or `dvc push` fails whole."""
    if (root / ".dvc").is_dir() and REMOTE not in remote_names(root):
        add_remote(REMOTE, (root / STAYS_HERE).resolve(), root)
