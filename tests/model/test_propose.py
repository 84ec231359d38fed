"""`simworth propose`: what is new and near comes first, once a backtest supports it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simworth.cli import main
from simworth.prepare.records import Prepared
from tests.model.letters import lab, polymers


def test_a_list_within_the_budget_says_first_that_nothing_supports_it(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path)
    capsys.readouterr()
    (tmp_path / "density").symlink_to(tmp_path / "prepared")
    pool = [*made.simulated[:5], *polymers(190)[160:], "no structure"]
    pd.DataFrame({"smiles": pool, "hours": 2.0}).to_csv(tmp_path / "pool.csv", index=False)
    words = [
        "propose",
        "density",
        "--params",
        str(tmp_path / "params.yaml"),
        "--candidates",
        str(tmp_path / "pool.csv"),
    ]
    words += ["--budget", "9", "--cost", "hours", "--out", str(tmp_path / "next.csv"), "--prepared", str(tmp_path)]
    words += ["--trials", str(tmp_path), "--models", str(tmp_path / "models")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith("density: no backtest was run") and "the list is a random draw" in said
    table = pd.read_csv(tmp_path / "next.csv")
    assert list(table.columns[:2]) == ["monomer_ID", "smiles"] and len(table) == 4 and (table["cost"] == 2).all()
    known = set(Prepared.read(tmp_path / "prepared").ready().source.items)
    assert not known & set(table["smiles"]) and "6 candidates left out" in said
    assert main([*words, "--cost", "weeks"]) == 1
    assert "no column 'weeks'" in capsys.readouterr().err
