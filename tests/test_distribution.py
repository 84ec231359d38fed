"""What is distributed: one version everywhere, groups of dependencies by their names, developers' tools apart."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
CORE = {"dvc", "mlflow", "torch", "numpy", "scipy", "pandas", "optuna", "rdkit"}
TOOLS = {"pytest", "ruff", "mypy", "mkdocs-material", "hypothesis"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return content


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", one)[0] for one in requirements}


def test_groups_are_those_that_messages_and_pages_name(project: dict[str, Any]) -> None:
    places = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py")]
    named = {one for path in places for one in re.findall(r"simworth\[(\w+)\]", path.read_text(encoding="utf-8"))}
    assert {"dask", "serve", "excel", "postgres"} <= named
    assert named <= set(project["optional-dependencies"])


def test_tools_of_developers_are_theirs_alone(project: dict[str, Any]) -> None:
    groups = project["optional-dependencies"]
    held = names(project["dependencies"]).union(*(names(group) for name, group in groups.items() if name != "dev"))
    assert held >= CORE
    assert not held & TOOLS and names(groups["dev"]) >= TOOLS


def test_one_version_everywhere(project: dict[str, Any]) -> None:
    cited = YAML(typ="safe").load(ROOT / "CITATION.cff")
    changes = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert cited["version"] == project["version"]
    assert changes[0] in ("Unreleased", project["version"])


def test_files_of_an_open_project_are_there(project: dict[str, Any]) -> None:
    assert all((ROOT / name).is_file() for name in ("LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff"))
    assert (ROOT / "src/simworth/py.typed").is_file() and project["license"] == "MIT"
    pythons = [one.rsplit(" ", 1)[1] for one in project["classifiers"]]
    workflow = YAML(typ="safe").load(ROOT / ".github/workflows/wheel.yml")
    assert workflow["jobs"]["wheel"]["strategy"]["matrix"]["python"] == pythons == ["3.11", "3.12", "3.13"]
