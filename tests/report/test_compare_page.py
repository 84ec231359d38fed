"""Tasks that share a target stand side by side, with paired differences, on page, terminal and in valuation.json."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from fake_grids import classes_by_error
from made_project import Project
from test_page import Page

from simworth.__main__ import main
from simworth.report.text import raised_exponent
from simworth.valuation.words import parameter


@pytest.fixture
def rival(copy: Project) -> Project:
    """A second task with the target of refractive_index, whose predictions miss by a tenth less."""
    results, name, other = copy.folder / "results", "refractive_index", "refractive_index_again"
    text = (copy.folder / "params.yaml").read_text()
    start = text.index(f"\n  {name}:", text.index("\ntasks:"))
    block = text[start : text.index("\n  density:", start)]
    (copy.folder / "params.yaml").write_text(
        text.replace(block, block + block.replace(f"  {name}:", f"  {other}:", 1), 1)
    )
    shutil.copy(results / f"trials/{name}.parquet", results / f"trials/{other}.parquet")
    table = pd.read_parquet(results / f"predictions/{name}.parquet")
    table["y_pred"] = table["y_true"] + 0.9 * (table["y_pred"] - table["y_true"])
    table.to_parquet(results / f"predictions/{other}.parquet")
    summary = (results / f"sweeps/{name}.json").read_text()
    (results / f"sweeps/{other}.json").write_text(summary.replace(f'"task": "{name}"', f'"task": "{other}"'))
    places = {
        "--params": copy.folder / "params.yaml",
        "--trials": results / f"trials/{other}.parquet",
        "--predictions": results / f"predictions/{other}.parquet",
        "--summary": results / f"sweeps/{other}.json",
        "--fit": results / f"fits/{other}.json",
        "--curve": results / f"curves/{other}.csv",
    }
    assert main(["fit", other, *(str(part) for pair in places.items() for part in pair)]) == 0
    return copy


def asked(project: Project, *arguments: str) -> int:
    folders = [f"--{name}={project.folder}/results/{name}" for name in ("trials", "predictions")]
    return main([*arguments, *folders])


def test_two_sources_for_one_target(rival: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert rival.report() == 0
    entry = rival.entry("refractive_index")
    (found,) = entry.compare.values()
    assert found.at_equal_n.value == pytest.approx(0.1 * entry.mae_at_n_max, rel=1e-4)
    assert found.at_equal_n.low > 0 and found.n == entry.n_max
    assert found.equal_n.value < entry.n_max and found.worth.value < 1
    seen = Page(rival.page).seen
    assert "Tasks with the same target" in seen and "Refractive index less Refractive index again" in seen
    table = seen[seen.index("Tasks with the same target") :]
    assert table.count(str(raised_exponent(parameter(entry.law, "D")))) >= 1, "each with its law"
    capsys.readouterr()
    params = f"--params={rival.folder / 'params.yaml'}"
    assert asked(rival, "compare", "refractive_index", "refractive_index_again", params) == 0
    said = capsys.readouterr().out
    assert "on the same" in said and "one simulation of refractive_index is worth 0." in said
    assert "the error of refractive_index_again at n = " in said
    assert asked(rival, "compare", "refractive_index", "density", params) == 1
    assert "have different targets" in capsys.readouterr().err
    assert asked(rival, "compare", "refractive_index", "densty", params) == 1
    assert "did you mean 'density'?" in capsys.readouterr().err


def test_page_and_terminal_compare_by_class_where_errors_of_a_class_correlate(
    rival: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    names, results = ("refractive_index", "refractive_index_again"), rival.folder / "results"
    for name in names:
        table = classes_by_error(pd.read_parquet(results / f"predictions/{name}.parquet"))
        table.to_parquet(results / f"classes/{name}.parquet")
    widths, said = [], []
    for classes in (f"{results}/none", f"{results}/classes"):
        assert rival.report("--classes", classes) == 0
        (found,) = rival.entry(names[0]).compare.values()
        widths.append(found.at_equal_n.high - found.at_equal_n.low)
        capsys.readouterr()
        assert asked(rival, "compare", *names, f"--params={rival.folder}/params.yaml", f"--classes={classes}") == 0
        said.append(capsys.readouterr().out)
    assert widths[1] > 1.3 * widths[0] and said[1] != said[0]


def test_without_rivals_there_is_no_section(project: Project) -> None:
    assert "Tasks with the same target" not in project.page


def test_an_error_relative_to_todays(project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The relative question is the table's on the page: the same law, the same n."""
    assert asked(project, "forecast", "density", "--relative", "0.9") == 0
    said = capsys.readouterr().out
    (row,) = [row for row in project.entry("density").required_n if row.relative == 0.9]
    assert said.startswith("density: an error of 0.9 times that at n = ")
    assert ("never reached" in said) == (row.n is None)
