"""docs/extend/law.md, executed: a form of law from outside the package competes with the study's in a real fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from simworth.scaling import LAWS
from simworth.valuation.records import Fit, Valued
from tests.extend.pages import code_blocks, write_files
from tests.stages import fitted_project

PAGE = "extend/law.md"


def test_a_law_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LAWS, "_members", dict(LAWS._members))  # other tests are without it
    project = fitted_project(tmp_path)
    write_files(PAGE, project.root)
    yaml, path = YAML(typ="safe"), project.root / "params.yaml"
    (said,) = (yaml.load(block.text) for block in code_blocks(PAGE) if block.language == "yaml")
    content = yaml.load(path.read_text())
    content |= {"modules": said["modules"], "fit": content.get("fit", {}) | said["fit"]}
    with path.open("w") as file:
        yaml.dump(content, file)
    project.again("fit@density")
    found = Fit.read(project.root / "results/fits/density.json")
    assert isinstance(found.entry, Valued) and found.entry.form is not None
    assert set(found.entry.form.weights) == {"power", "logarithmic", "exponential"}
    assert sum(found.entry.form.weights.values()) == pytest.approx(1, abs=1e-3)
    assert found.entry.form.formulas["logarithmic"] == "D / (1 + ln(1 + n / s)) + C"
    assert found.laws == ("exponential", "logarithmic")
    notebook: dict[str, Any] = {}
    exec([block.text for block in code_blocks(PAGE) if block.language == "python"][-1], notebook)
    assert set(notebook["weights"]) == {"power", "logarithmic", "exponential"}
