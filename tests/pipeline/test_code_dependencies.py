"""dvc.yaml's stages depend on the code that decides their bytes, as the graph of imports says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "simworth"
NEUTRAL = {
    *("__init__.py", "digests.py", "environment.py", "errors.py", "files.py", "git.py", "locks.py", "logs.py"),
    *("registry.py", "terminal.py", "yaml_files.py", "data/private.py", "data/dvc_project.py", "estimate.py"),
    *("executor/__init__.py", "executor/jobs.py", "executor/local.py", "executor/cluster.py"),
}
"""Modules that every stage or many of them load and that decide no byte of what it writes: they start programs, hold
locks, write logs and to the terminal, run work in other processes, find, name and write files, check where outputs may
go, raise errors."""
ELSEWHERE = ("cli/", "pipeline/estimate.py")
"""the command line hands its arguments on; `sweep --plan` writes nothing"""
OTHER_COMMANDS = {"release": "data/catalogue.py"}
"""command of several subcommands -> the module that does the stage's work"""


@cache
def imports(path: Path) -> frozenset[Path]:
    """Modules of the package that a module imports when it runs, wherever in it."""
    return frozenset(found for name in names(ast.parse(path.read_text(encoding="utf-8"))) if (found := module(name)))


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from names(node)


def module(name: str) -> Path | None:
    place = PACKAGE.parent.joinpath(*name.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in files if name.startswith("simworth.") and path.is_file()), None)


def reached(command: str) -> set[str]:
    """Modules that a command may run, relative to the package."""
    todo, found = sorted(started(command)), set()
    while todo:
        if (path := todo.pop()) not in found:
            found.add(path)
            todo += imports(path)
    return {path.relative_to(PACKAGE).as_posix() for path in found}


def started(command: str) -> frozenset[Path]:
    """Modules that the function of a command imports, or one beside it that it calls."""
    if command in OTHER_COMMANDS:
        return frozenset({PACKAGE / OTHER_COMMANDS[command]})
    for path in sorted(PACKAGE.glob("cli/*.py")):
        functions = {
            node.name: node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        if todo := [one for one in functions.values() if registered_as(one, command)]:
            called: list[ast.FunctionDef] = []
            while todo:
                called.append(todo.pop())
                used = {node.id for node in ast.walk(called[-1]) if isinstance(node, ast.Name)}
                todo += [one for name, one in functions.items() if name in used and one not in [*called, *todo]]
            return frozenset(found for one in called for name in names(one) if (found := module(name)))
    raise AssertionError(f"dvc.yaml calls `simworth {command}`, which is no command")


def registered_as(function: ast.FunctionDef, command: str) -> bool:
    """Whether a decorator says command(<this name>, ...)."""
    return any(ast.unparse(one).startswith(f"command({command!r}, ") for one in function.decorator_list)


def stages() -> dict[str, tuple[str, list[str]]]:
    """Stage -> its command, and the code that it depends on, relative to the package."""
    content = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    bodies = {name: stage.get("do", stage) for name, stage in content.items()}
    prefix = "src/simworth/"
    return {
        name: (body["cmd"].split()[1], [d.removeprefix(prefix) for d in body["deps"] if d.startswith(prefix)])
        for name, body in bodies.items()
    }


def covers(dependency: str, path: str) -> bool:
    return path == dependency or path.startswith(f"{dependency}/")


def decides(path: str) -> bool:
    return path not in NEUTRAL and not path.startswith(ELSEWHERE) and not path.endswith("__init__.py")


@pytest.mark.parametrize("stage", stages())
def test_a_stage_depends_on_the_code_that_decides_its_bytes(stage: str) -> None:
    command, dependencies = stages()[stage]
    modules = reached(command)
    missing = sorted(path for path in modules if decides(path) and not any(covers(one, path) for one in dependencies))
    assert not missing, f"stage {stage}: a change of these would rerun nothing"
    idle = [one for one in dependencies if not any(covers(one, path) for path in modules)]
    assert not idle, f"stage {stage} never runs these"


def test_what_the_terminal_shows_reruns_no_ingest() -> None:
    _, dependencies = stages()["ingest"]
    for path in ("data/check.py", "data/add.py", "data/fetch.py", "data/select.py"):
        assert not any(covers(one, path) for one in dependencies), path
        assert (PACKAGE / path).is_file()
