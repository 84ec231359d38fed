"""`simworth backtest` and `simworth propose`: what is new and near comes first, once a backtest supports it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simworth.cli import main
from simworth.config import backtest_of, load_settings
from simworth.environment import Machine
from simworth.errors import SimworthError
from simworth.model.backtest import BacktestFolders, run_backtest
from simworth.model.propose import COLUMNS, ProposalInputs, _canonical, to_measure
from simworth.prepare.records import Prepared
from simworth.scaling import Estimate
from simworth.valuation.backtest import Backtest, ProposedList
from tests.model.letters import lab, polymers
from tests.sweep.planted import prepared_data, settings


def test_a_list_within_the_budget_says_first_what_its_backtest_found(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path)
    capsys.readouterr()
    (tmp_path / "density").symlink_to(tmp_path / "prepared")
    pool = [*made.simulated[:5], *polymers(460)[160:], "no structure"]
    pd.DataFrame({"smiles": pool, "hours": 2.0}).to_csv(tmp_path / "pool.csv", index=False)
    given = ["density", "--params", str(tmp_path / "params.yaml"), "--reports", str(tmp_path / "next")]
    words = ["propose", *given, "--candidates", str(tmp_path / "pool.csv"), "--budget", "9", "--cost", "hours"]
    words += ["--out", str(tmp_path / "next.csv"), "--prepared", str(tmp_path), "--models", str(tmp_path / "models")]
    words += ["--fits", str(tmp_path)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith("density: no backtest of this order was run") and "the list is a random draw" in said
    table = pd.read_csv(tmp_path / "next.csv")
    assert list(table.columns) == list(COLUMNS) and len(table) == 4 and (table["cost"] == 2).all()
    weight = table["likeness"] * table["class_gain"] * table["disagreement"] / table["cost"]
    assert (table["score"] - table["coverage"] * weight).abs().max() < 1e-6  # no ensemble, so that its mean is 1
    assert ProposedList.read(tmp_path / "next" / "density.proposal.json").order == "random"
    known = set(Prepared.read(tmp_path / "prepared").ready().source.items)
    assert not known & set(table["smiles"]) and "6 candidates left out" in said
    wanted = polymers(460)[200:203]
    pd.DataFrame({"smiles": wanted}).to_csv(tmp_path / "wanted.csv", index=False)
    assert main([*words, "--for", str(tmp_path / "wanted.csv"), "--budget", "1000"]) == 0
    assert set(pd.read_csv(tmp_path / "next.csv").nsmallest(3, "distance")["smiles"]) == set(wanted)
    assert main([*words, "--cost", "weeks"]) == 1
    assert "pool.csv: no column 'weeks'; one of: hours, smiles" in capsys.readouterr().err
    pd.DataFrame({"SMILES": wanted}).to_csv(tmp_path / "wanted.csv", index=False)
    assert main([*words, "--for", str(tmp_path / "wanted.csv")]) == 1
    assert "wanted.csv: no column 'smiles'; one of: SMILES" in capsys.readouterr().err
    pd.DataFrame({"smiles": pool, "hours": "cheap"}).to_csv(tmp_path / "odd.csv", index=False)
    assert main([*words, "--candidates", str(tmp_path / "odd.csv")]) == 1
    assert "every value of column 'hours' must be above 0" in capsys.readouterr().err
    tested = ["backtest", *given, "--prepared", str(tmp_path), "--orders", "proposed", "--trials", "4"]
    assert main(tested) == 0
    with (tmp_path / "params.yaml").open() as params:
        other = params.read().replace("training: {", "training: {architecture: convolution, ")
    (tmp_path / "other.yaml").write_text(other)
    assert main(["model", *made.options, "--params", str(tmp_path / "other.yaml")]) == 0
    assert "cannot be taken home" in capsys.readouterr().out
    assert main([*words, "--budget", "9"]) == 0, "a task without an ensemble has a list, too"
    assert (pd.read_csv(tmp_path / "next.csv")["disagreement"] == 1).all()
    found = Backtest.read(tmp_path / "next" / "density.backtest.json")
    (order,) = found.orders
    assert found.trials == 4 and found.releases == {"sim": ("one",), "lab": ("two",)}
    assert [point.n for point in order.points] == [40, 55, 75, 102] and found.simulated == 140
    ours = [point.random + point.difference.value for point in order.points]
    assert min(ours) > 0 and order.overall.low <= order.overall.value <= order.overall.high
    capsys.readouterr()
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("density: by its backtest, proposed ")
    with (tmp_path / "params.yaml").open("a") as params:
        params.write("backtests: {small: {task: density, orders: [proposed], trials: 4}, none: {task: densty}}\n")
    named, folders = load_settings(tmp_path / "params.yaml"), BacktestFolders(tmp_path, reports=tmp_path / "named")
    run_backtest(named, backtest_of(named, "small"), folders, print)
    assert Backtest.read(tmp_path / "named" / "density.backtest.json").orders == found.orders
    with pytest.raises(SimworthError, match=r"backtests\.none\.task: no task 'densty'; did you mean 'density'"):
        backtest_of(named, "none")
    capsys.readouterr()
    for outcome, says, listed in (
        (Estimate(0.1, 0.05, 0.2), "proposed does harm beside random draws", "random"),
        (Estimate(0.0, -0.1, 0.1), "proposed is not told apart from random draws", "random"),
        (Estimate(-0.1, -0.2, -0.05), "proposed beats random draws", "proposed"),
    ):
        told = found.model_copy(update={"orders": (order.model_copy(update={"overall": outcome}),)})
        told.write(tmp_path / "next" / "density.backtest.json")
        assert main(words) == 0
        first, *_ = capsys.readouterr().out.splitlines()
        assert says in first and (listed == "random") == first.endswith("the list is a random draw")
        assert ProposedList.read(tmp_path / "next" / "density.proposal.json").order == listed
    assert pd.read_csv(tmp_path / "next.csv")["score"].is_monotonic_decreasing
    pd.DataFrame({"smiles": polymers(164)[160:], "hours": 2.0}).to_csv(tmp_path / "pool.csv", index=False)
    assert main(words) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.endswith("but the wanted structures are not told from these candidates; the list is a random draw")
    with (tmp_path / "params.yaml").open() as params:
        adaptive = params.read().replace("    trials: 12", "    trials: 12\n    adaptive: {max_trials: 12}")
    (tmp_path / "params.yaml").write_text(adaptive)
    assert main([*tested, "--trials", "20", "--n-max", "30"]) == 1 and "raise --n-max" in capsys.readouterr().err
    assert main([*tested, "--orders", "proposd"]) == 1 and "did you mean 'proposed'" in capsys.readouterr().err


@pytest.mark.parametrize(("items", "kind"), [(["CCO", "Cc1ccccc1"], "molecule"), (["*CC*"], "polymer")])
def test_candidates_are_read_as_the_kind_of_the_measured_materials(items: list[str], kind: str) -> None:
    made = prepared_data()
    data = replace(made.ready(), target=replace(made.ready().target, items=items))
    known = ProposalInputs(settings(), replace(made, data=data), Path("models"), Path("fit.json"))
    assert known.kind == kind


def test_where_all_simulated_materials_are_measured_none_is_proposed() -> None:
    made = prepared_data()
    data = replace(made.ready(), source=replace(made.ready().source, items=made.ready().target.items))
    known = ProposalInputs(settings(), replace(made, data=data), Path("models"), Path("fit.json"))
    with pytest.raises(SimworthError, match="task density: all 50 simulated materials are measured"):
        to_measure(known, [], 3)


def test_structures_are_made_canonical_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Machine] = []

    def machine() -> Machine:
        asked.append(Machine(1))
        return asked[-1]

    monkeypatch.setattr("simworth.data.kinds.kind.machine", machine)
    assert _canonical(["*CCO*", " *OCC* ", "", "*CC*|O", float("nan"), "CC"], "polymer") == [*["*COC*"] * 2, *[""] * 4]
    assert len(asked) == 1
