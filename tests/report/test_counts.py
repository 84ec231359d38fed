"""What was left out is counted on the page, and its legends tell what is drawn, from what a project's stages made."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML
from tests.stages import Project, small_project

from simworth.data.records import QualityReport
from simworth.demo.workspace import Demo
from simworth.digests import file_sha256
from simworth.model.records import ModelCard
from simworth.prepare.records import PreparedTask
from simworth.report.text import interval_sentence
from simworth.valuation.records import Fit

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


def test_every_file_of_a_database_is_named_with_its_hash(project: Project) -> None:
    page = text(project.root / "reports/index.html")
    for database in ("radonpy", "polyinfo"):
        for file in QualityReport.read(project.root / f"data/quality/{database}.json").snapshot.files:
            path = project.root / "data/raw" / database / file.name
            assert hashlib.md5(path.read_bytes()).hexdigest() == file.md5
            assert re.search(rf"{database} {re.escape(file.name)} \S+ {file.md5}", page)


def test_the_page_says_how_sure_a_prediction_is(project: Project) -> None:
    card = ModelCard.read(project.root / f"models/{TASK}/model.json")
    assert card.interval is not None and card.interval.typical is not None
    said = interval_sentence(card.interval, card.unit)
    assert " ".join(said.split()) in " ".join(text(project.root / "reports/index.html").split())


def test_drawings_hold_what_their_legends_say(project: Project) -> None:
    """A point for each n and a hollow one for the doubling, the line without simulations, a line a tested material."""
    fit = Fit.read(project.root / f"results/fits/{TASK}.json")
    page = (project.root / "reports/index.html").read_text(encoding="utf-8")
    (brief,) = re.findall(r"<svg[^>]* mini\b.*?</svg>", page, re.DOTALL)
    drawn = {name: brief.count(f'class="{name}"') for name in ("point", "point ahead", "direct")}
    assert fit.direct is not None and drawn == {"point": len(fit.curve), "point ahead": 1, "direct": 1}
    predictions = pd.read_parquet(project.root / f"results/predictions/{TASK}.parquet")
    tested = predictions[predictions["learning"] == "transfer"]
    (single,) = re.findall(r"<svg[^>]* materials\b.*?</svg>", page, re.DOTALL)
    assert single.count('class="material"') == tested["item"].nunique() > 1
    assert single.count('class="median"') == 1


def text(page: Path) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))).split())
