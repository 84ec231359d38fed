"""The directions of imports, the sizes of modules, and what tracked files must not say."""

from __future__ import annotations

import ast
import getpass
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "simworth"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300
FREE = {
    "units",
    "config",
    "errors",
    "records",
    "columns",
    "registry",
    "files",
    "digests",
    "terminal",
    "environment",
    "logs",
    "locks",
    "signals",
    "yaml_files",
    "git",
    "executor",
}
"""what every package may import; none of these imports a package that is not here"""


def name_of(path: Path) -> str:
    """src/simworth/data/clean.py -> simworth.data.clean"""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def nodes_of(tree: ast.AST, typing: bool) -> Iterator[ast.AST]:
    """All nodes; without `typing`, none below `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if typing or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node
            yield from nodes_of(node, typing)


def imports_of(path: Path, typing: bool = True) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it; `from a import b` gives a.b and a."""
    for node in nodes_of(ast.parse(path.read_text(encoding="utf-8")), typing):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the module in full"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(module: str) -> str:
    """simworth.data.clean -> data"""
    return [*module.split("."), ""][1]


def ours(path: Path) -> set[str]:
    """Parts of simworth that a file imports, without its own."""
    own = part_of(name_of(path))
    return {part_of(name) for name in imports_of(path) if name.startswith("simworth.")} - {own, "__version__", ""}


def arrows() -> dict[str, set[str]]:
    """Part of simworth -> parts that it imports."""
    found: dict[str, set[str]] = {}
    for path in MODULES:
        if path.parent != PACKAGE or path.stem not in ("__init__", "__main__"):
            found.setdefault(part_of(name_of(path)), set()).update(ours(path))
    return found


def users_of(library: str) -> set[str]:
    """Modules that import a library."""
    return {name_of(path) for path in MODULES if library in {name.split(".")[0] for name in imports_of(path)}}


def test_packages_import_each_other_in_one_direction() -> None:
    try:
        list(TopologicalSorter(arrows()).static_order())
    except CycleError as error:
        pytest.fail(f"packages import each other in a circle: {' -> '.join(error.args[1])}")


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Late imports count; those for the type checker alone do not."""
    names = {name_of(path) for path in MODULES}
    graph = {}
    for path in MODULES:
        found = set(imports_of(path, typing=False)) & names
        inner = {name for name in found if any(other.startswith(f"{name}.") for other in found)}  # `from a import b`
        graph[name_of(path)] = found - inner - {name_of(path)}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


def test_no_class_name_stands_twice() -> None:
    nodes = [node for path in MODULES for node in ast.parse(path.read_text(encoding="utf-8")).body]
    names = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef) and node.name[0] != "_")
    assert [name for name, count in names.items() if count > 1] == []


def test_nothing_imports_the_command_line() -> None:
    assert {part for part, needed in arrows().items() if "cli" in needed} <= set()


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("scaling", {"estimate", "registry"}),
        ("config", {"columns", "errors", "units", "registry", "yaml_files"}),
        ("errors", set()),
        ("estimate", set()),
        ("records", {"errors", "estimate", "files"}),
        ("columns", {"errors"}),
        ("registry", {"errors"}),
        ("files", {"errors"}),
        ("digests", {"errors"}),
        ("environment", {"errors", "git", "yaml_files"}),
        ("terminal", {"environment"}),
        ("data", FREE),
        ("features", FREE | {"data"}),
        ("learning", FREE),
        ("prepare", FREE | {"data", "features", "learning"}),
        ("sweep", FREE | {"learning", "prepare"}),
        ("valuation", FREE | {"data", "scaling", "sweep"}),
        ("tracking", FREE | {"data", "scaling", "sweep", "valuation"}),
    ],
)
def test_arrows(part: str, allowed: set[str]) -> None:
    extra = arrows()[part] - allowed
    assert not extra, f"simworth.{part} imports simworth.{', simworth.'.join(sorted(extra))}"


def test_features_take_only_structures_and_materials_from_data() -> None:
    taken = {name for path in (PACKAGE / "features").rglob("*.py") for name in imports_of(path)}
    allowed = ("simworth.data.kinds", "simworth.data.polymer_classes", "simworth.data.select")
    assert not {name for name in taken if name.startswith("simworth.data.") and not name.startswith(allowed)}


def test_two_modules_import_mlflow() -> None:
    assert users_of("mlflow") == {"simworth.tracking.mlflow_store", "simworth.tracking.model_registry"}


def test_scaling_takes_arrays() -> None:
    """plot.py imports matplotlib once a law is asked to draw itself."""
    files = [path for path in (PACKAGE / "scaling").glob("*.py") if path.name != "plot.py"]
    libraries = {name.split(".")[0] for path in files for name in imports_of(path)}
    assert libraries - set(sys.stdlib_module_names) <= {"numpy", "scipy", "simworth"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("simworth.scaling", ("torch", "mlflow", "dvc", "pandas")),
        ("simworth.data.ingest", ("torch", "mlflow", "dvc", "scipy")),
        ("simworth.features.table", ("torch", "mlflow", "dvc", "scipy")),
        ("simworth.__main__", ("torch", "mlflow", "dvc", "pandas", "numpy", "rdkit")),
        ("simworth.pipeline.run", ("torch", "mlflow", "dvc", "rdkit")),
    ],
)
def test_what_loads_alone_stays_light(module: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*({{name.split('.')[0] for name in sys.modules}} & set({unwanted!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_modules_hold_one_idea() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {name: count for name, count in lines.items() if count > LONGEST}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


def tracked() -> list[Path]:
    """Files that git tracks; all text files of the sources where this is no git checkout."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_tracked_files_name_no_machine() -> None:
    """A path of the machine at hand, its name or its user's home belong in no file of the project."""
    here = {str(ROOT), str(ROOT.parent), str(Path.home())} - {"/", "/tmp", "/home", "/root", "/src", "/app"}
    names = {name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 6}
    places = "|".join(re.escape(text) + r"\b" for text in sorted(here | names))
    homes = r"/(?:home|Users)/\w+/|/(?:root|mnt)/\w"
    pattern = re.compile(f"{places}|{homes}")
    found = []
    for path in tracked():
        if path.suffix in (".png", ".ico", ".parquet") or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not found


def test_no_data_of_the_databases_is_tracked() -> None:
    """Snapshots, tables, models and stores belong to DVC, caches and users; git holds what describes them."""
    kept = {"data": {".dvc", ".yaml", ".gitignore", ".md"}, "results": {".gitignore"}, "models": {".gitignore"}}
    names = [path.relative_to(ROOT) for path in tracked()]
    wrong = [str(n) for n in names if n.parts[0] in kept and (n.suffix or n.name) not in kept[n.parts[0]]]
    assert not wrong
    assert not [str(n) for n in names if n.name.startswith("mlflow.db") or n.parts[0] in (".simworth", ".demo")]


def test_a_clone_with_other_line_ends_holds_the_same_bytes(tmp_path: Path) -> None:
    """DVC hashes sources by their bytes: line ends that git changed would run everything again."""
    tracked()  # skips outside of git
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", str(ROOT), str(clone)], check=True)
    for name in ("dvc.yaml", "params.yaml", "dvc.lock", "src/simworth/cli/__init__.py", "src/simworth/py.typed"):
        done = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=clone, capture_output=True, check=True)
        assert (clone / name).read_bytes() == done.stdout, name
