"""docs/extend/grouping.md, executed: a grouping from outside the package sorts a task's materials."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from simworth.valuation.records import Fit, Valued
from tests.extend.pages import write_files
from tests.stages import fitted_project


def test_a_grouping_in_one_file(tmp_path: Path) -> None:
    project = fitted_project(tmp_path)
    write_files("extend/grouping.md", project.root)
    own = YAML(typ="safe").load((project.root / "grouping.yaml").read_text())
    project.settings(own["tasks"]["density"], "density")
    path = project.root / "params.yaml"
    path.write_text(f"modules: {own['modules']}\n" + path.read_text())
    project.again("fit@density")
    entry = Fit.read(project.root / "results/fits/density.json").entry
    assert isinstance(entry, Valued) and entry.grouping is not None
    assert entry.grouping.by == "chain_length" and set(entry.classes) == {"short", "long"}
    assert all(found.measured and found.mae_at_n_max for found in entry.classes.values())
