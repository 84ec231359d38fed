"""What was left out is counted on the page, from the files that a project's own stages made."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML
from tests.stages import Project, small_project

from simworth.demo.workspace import Demo
from simworth.digests import file_sha256
from simworth.prepare.records import PreparedTask

TASK = "refractive_index"
UNCONVERGED = 7


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Simulations chosen by a filter, some of them measured, too, and some not converged."""
    made = small_project(tmp_path_factory.mktemp("counts"), [TASK], Demo(size=200, trials=2), max_epochs=1)
    flag_unconverged(made, UNCONVERGED)
    made.settings({"source": {"database": "radonpy", "filter": "row > 25"}}, TASK)
    made.run("scaling-report")
    return made


def flag_unconverged(project: Project, runs: int) -> None:
    """Rewrite the simulations as PolyOmics has them, the last `runs` flagged as not converged."""
    path = project.root / "data/raw/radonpy/simulations.csv"
    table = pd.read_csv(path).rename(columns={"smiles": "smiles_list"})
    table["check_eq"] = table.index < len(table) - runs
    table.to_csv(path, index=False)
    yaml, entry = YAML(), project.root / "data/catalogue/radonpy/made-up.yaml"
    content = yaml.load(entry)
    content["reader"] = "PolyOmics"
    content["files"][0].update(sha256=file_sha256(path), bytes=path.stat().st_size)
    yaml.dump(content, entry)


def test_filtered_unconverged_and_overlapping_values_are_counted_on_the_page(project: Project) -> None:
    counted = PreparedTask.read(project.root / f"data/prepared/{TASK}/prepared.json")
    assert counted.overlap > 0 and counted.source.left_out["filter"] == 24, "rows 2 to 25 of the file"
    assert counted.source.left_out["not converged"] == UNCONVERGED
    page = text(project.root / "reports/index.html")
    for side in (counted.source, counted.target):
        for why, values in side.left_out.items():
            assert re.search(rf"\b{values} values \(\w+: {re.escape(why)}\)", page), why
    assert f"{counted.overlap} of them" in page


def text(page: Path) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))).split())
