"""`simworth forecast` and `simworth allocate` on planted laws."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fake_grids import TRUTH, classes_by_error, planted_grid
from fake_tables import Planted, Tables
from tests.model.letters import lab

from simworth.cli import main
from simworth.prepare.records import Prepared


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.?\d*", text)]


def test_forecast_of_a_planted_law(density: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    density.write(tmp_path)
    plan = Planted()
    given = ["--trials", str(tmp_path / "trials"), "--predictions", str(tmp_path / "predictions")]
    assert main(["forecast", "density", "--n", "10000", "--target-mae", "0.0001", *given]) == 0
    first, second = capsys.readouterr().out.splitlines()
    _, value, _, low, high = numbers(first)
    truth = plan.d * 10000**-plan.alpha + plan.c
    assert low < truth < high
    assert low < value < high
    assert "never reached" in second


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forecast", "density"], "give --n, --target-mae or --relative"),
        (["forecast", "densty", "--n", "5"], "did you mean 'density'?"),
        (["forecast", "density", "--n", "0"], "Invalid value for '--n'"),
        (["allocate", "density", "--budget", "1", "--cost-simulation", "0", "--cost-experiment", "1"], "Invalid value"),
    ],
)
def test_wrong_calls_are_one_line(
    words: list[str], said: str, density: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    density.write(tmp_path)
    assert main([*words, "--trials", str(tmp_path / "trials"), "--predictions", str(tmp_path / "predictions")]) != 0
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_allocation_lowers_the_error_within_the_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planted_grid(Planted(trials=10, points=6)).write(tmp_path, "density")
    words = ["allocate", "density", "--budget", "1000", "--cost-simulation", "1", "--cost-experiment", "50"]
    folders = [str(tmp_path / name) for name in ("surfaces", "surface_predictions")]
    assert main([*words, "--steps", "2", "--trials", folders[0], "--predictions", folders[1]]) == 0
    now, *steps, worth = capsys.readouterr().out.splitlines()
    errors = [numbers(now)[-1]]
    for step in steps:
        _, simulations, experiments, cost, error = numbers(step)
        assert cost == simulations + 50 * experiments
        assert cost <= 1000
        errors.append(error)
    assert errors == sorted(errors, reverse=True)
    low, high = numbers(worth)[1:]
    truth = TRUTH.equivalent_samples(1060, 64)[0]
    assert low < truth < high


def test_an_allocation_draws_classes_whose_errors_correlate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interval of what an experiment is worth where errors of some classes fall faster with n than of others; the
    plan itself rests on the estimate."""
    monkeypatch.chdir(tmp_path)
    grid = planted_grid(Planted(trials=10, points=6))
    rows, names = grid.predictions, classes_by_error(grid.predictions).set_index("item")["material_class"]
    faster = rows["item"].map(names).str[1:].astype(int) * 0.1
    errors = (rows["y_pred"] - rows["y_true"]) * (rows["n"] / 1060) ** -faster
    replace(grid, predictions=rows.assign(y_pred=rows["y_true"] + errors)).write(tmp_path, "density")
    (tmp_path / "classes").mkdir()
    classes_by_error(rows).to_parquet(tmp_path / "classes/density.parquet")
    words = ["allocate", "density", "--budget", "1000", "--cost-simulation", "1", "--cost-experiment", "50"]
    words += ["--trials", "surfaces", "--predictions", "surface_predictions"]
    said = []
    for folder in ("none", "classes"):
        assert main([*words, "--classes", folder]) == 0
        said.append(capsys.readouterr().out.splitlines())
    (*alone, narrow), (*drawn, wide) = said
    assert alone == drawn
    (_, low, high), (_, lowest, highest) = numbers(narrow)[-3:], numbers(wide)[-3:]
    assert lowest <= low and high <= highest and highest - lowest > 1.3 * (high - low)


def test_a_task_without_a_grid_says_what_to_set(
    density: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = Tables(density.trials.iloc[:0], density.predictions.iloc[:0], density.summary)
    tables.write(tmp_path)
    words = ["allocate", "density", "--budget", "9", "--cost-simulation", "1", "--cost-experiment", "2"]
    given = ["--trials", str(tmp_path / "trials"), "--predictions", str(tmp_path / "predictions")]
    assert main([*words, *given]) == 1
    assert "set tasks.density.surface in params.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "cannot be read (No columns to parse"),
        ("smiles,cost\n*C\xe9*,1\n".encode("latin-1"), "give a CSV file in UTF-8"),
        (b"smiles,price\n*CC*,1\n", "no column 'cost'; one of: price, smiles"),
        (b"smiles,cost\n", "no row"),
        (b"smiles,cost\n*CC*,cheap\n", "every value of column 'cost' must be above 0"),
        (b"smiles,cost\n*CC*,inf\n", "every value of column 'cost' must be above 0, and a number"),
    ],
)
def test_a_list_that_is_no_table_is_named(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "list.csv"
    if content is not None:
        listed.write_bytes(content)
    assert main(["allocate", "density", "--budget", "9", "--cost-experiment", "2", "--list", str(listed)]) == 1
    said = capsys.readouterr().err
    assert f"{listed}: " in said and says in said


def test_the_budget_names_simulations_of_the_list_and_materials_to_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted_grid(Planted(trials=10, points=6)).write(tmp_path, "density")
    made = lab(tmp_path)
    (tmp_path / "density").symlink_to(tmp_path / "prepared")
    listed, measured = tmp_path / "list.csv", tmp_path / "measure.csv"
    pd.DataFrame({"smiles": [f"*{'C' * k}O*" for k in range(1, 2001)], "cost": 2.0}).to_csv(listed, index=False)
    named = {"params": "params.yaml", "prepared": ".", "models": "models", "fits": ".", "reports": "next"}
    named |= {"trials": "surfaces", "predictions": "surface_predictions"}
    words = ["allocate", "density", "--budget", "2000", "--cost-experiment", "50"]
    words += [part for key, name in named.items() for part in (f"--{key}", str(tmp_path / name))]
    capsys.readouterr()
    assert main([*words, "--list", str(listed), "--measure", str(measured)]) == 0
    *_, simulate, measure = capsys.readouterr().out.splitlines()
    first, cost = numbers(simulate)[0], numbers(simulate)[-1]
    names = list(pd.read_csv(measured)["smiles"])
    assert cost == 2 * first > 0 and numbers(measure)[0] == len(names) > 0
    assert cost + 50 * len(names) <= 2000
    data = Prepared.read(tmp_path / "prepared").ready()
    assert set(names) <= set(made.simulated) - set(data.target.items) and len(set(names)) == len(names)
    assert main([*words, "--measure", str(measured)]) == 2
    assert "give --cost-simulation, or --list" in capsys.readouterr().err
