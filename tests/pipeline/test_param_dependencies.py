"""A stage lists every parameter that decides its bytes: another value of one that it does not list changes nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from tests.stages import fitted_project

CHANGES = {
    "seed": 7,
    "fit.level": 0.5,
    "databases.radonpy.releases": ["2026-01", "2027-01"],
    "databases.polyinfo.releases": ["2026-01", "2027-01"],
    "properties.density.unit": "kg/m^3",
    "tasks.density.trials": 9,
}


@pytest.mark.parametrize("name", ["sweep", "fit", "model"])
def test_other_values_of_parameters_that_a_stage_does_not_list_change_nothing(tmp_path: Path, name: str) -> None:
    project = fitted_project(tmp_path)
    project.run("model@density")
    with warnings.catch_warnings(), Repo(str(project.root)) as repo:
        warnings.simplefilter("ignore")  # of DVC's own libraries
        stage = next(one for one in repo.index.stages if getattr(one, "name", "") == f"{name}@density")
        listed = [key for dep in stage.deps if hasattr(dep, "params") for key in dep.params]
        outs = [project.root / str(out) for out in stage.outs]
    before = [content(out) for out in outs]
    params = project.root / "params.yaml"
    kept = params.read_text(encoding="utf-8")
    for key in unlisted(listed):
        change(params, key)
        project.again(f"{name}@density")
        params.write_text(kept, encoding="utf-8")
        assert [content(out) for out in outs] == before, key


def unlisted(listed: list[str]) -> Iterator[str]:
    """Keys of CHANGES that neither are one of `listed` nor lie in one."""
    assert listed
    return (key for key in CHANGES if not any(f"{key}.".startswith(f"{one}.") for one in listed))


def change(params: Path, key: str) -> None:
    """Give a key of params.yaml its value in CHANGES."""
    yaml = YAML()
    values: Any = yaml.load(params.read_text(encoding="utf-8"))
    *above, last = key.split(".")
    section = values
    for one in above:
        section = section[one]
    assert section[last] != CHANGES[key], "no change"
    section[last] = CHANGES[key]
    with params.open("w", encoding="utf-8") as file:
        yaml.dump(values, file)


def content(out: Path) -> dict[str, bytes]:
    """Bytes of a file, or of each of a folder's."""
    files = [out] if out.is_file() else sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): path.read_bytes() for path in files}
