"""Entries are added once, sealed, and say what earlier ones had forecast."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_tables import Planted

from simworth.ledger.chain import problems, read_ledger
from simworth.ledger.stage import EXPERIMENT
from simworth.tracking.provenance import ledger_heads

Enter = Callable[[Path], int]
Release = Callable[..., Path]
SMALL, MIDDLE, LARGE = Planted(n_max=350), Planted(n_max=700), Planted(n_max=1060)


def entries(folder: Path) -> list[dict[str, Any]]:
    return [dict(entry.content) for entry in read_ledger(folder / "reports/ledger")]


def test_an_entry_per_release_and_none_for_the_same(release: Release, enter: Enter) -> None:
    for plan in (SMALL, MIDDLE, LARGE):
        folder = release(plan)
        assert enter(folder) == 0
        before = {path.name: path.read_bytes() for path in (folder / "reports/ledger").iterdir()}
        assert enter(folder) == 0
        assert before == {path.name: path.read_bytes() for path in (folder / "reports/ledger").iterdir()}
    made = entries(folder)
    assert [(entry["seq"], entry["task"], entry["n_max"]) for entry in made] == [
        (1, "density", 350), (2, "density", 700), (3, "density", 1060)
    ]  # fmt: skip
    assert made[0]["previous"] is None and made[1]["previous"] == made[0]["hash"]
    assert problems(read_ledger(folder / "reports/ledger")) == []


def test_any_name_that_params_takes_keeps_the_chain_whole(release: Release, enter: Enter) -> None:
    for plan in (SMALL, LARGE):
        folder = release(plan)
        params = folder / "params.yaml"
        params.write_text(params.read_text().replace("  density:\n", "  Tg-new.2:\n"))
        for path in (folder / "results").glob("*/density.*"):
            path.replace(path.with_name(f"Tg-new.2{path.suffix}"))
        assert enter(folder) == 0
    last = entries(folder)[-1]
    assert (last["seq"], last["task"]) == (2, "Tg-new.2")
    (head,) = ledger_heads(folder, folder / "reports/ledger").items()
    assert (head[0], head[1].seq) == ("Tg-new.2", 2) and last["digest"].startswith(head[1].digest)


def test_an_older_release_again_adds_none(release: Release, enter: Enter) -> None:
    for plan in (SMALL, MIDDLE, SMALL):
        folder = release(plan)
        enter(folder)
    assert len(entries(folder)) == 2


def test_forecast_and_outcome(release: Release, enter: Enter) -> None:
    enter(release(SMALL))
    folder = release(LARGE)
    enter(folder)
    first, second = entries(folder)
    assert first["outcome"] is None
    assert [row["n"] for row in first["frozen"]][::4] == [350, 700, 1400, 2800, 5600]
    said = second["outcome"]
    assert said["kind"] == "forecast" and said["n"] == 1060 and said["inside"]
    assert said["forecast"]["low"] < said["forecast"]["mae"] < said["forecast"]["high"]
    assert said["mae"] == second["valuation"]["mae_at_n_max"]
    assert (
        said["before"].startswith("0001-density")
        and "entry 1 had forecast" in said["text"]
        and "as forecast" in said["text"]
    )


def test_a_forecast_that_fails_is_said_so(release: Release, enter: Enter) -> None:
    enter(release(Planted(n_max=350, d=0.5, alpha=0.5, c=0.0)))
    folder = release(Planted(n_max=1060, d=0.5, alpha=0.5, c=0.02))
    enter(folder)
    said = entries(folder)[1]["outcome"]
    assert said["kind"] == "forecast" and not said["inside"] and "not as forecast" in said["text"]


@pytest.mark.parametrize(
    ("later", "laid", "kind"),
    [
        (LARGE, {"shares": {"polystyrenes": 0.9, "polyvinyls": 0.1}}, "composition changed"),
        (MIDDLE, {"shares": {"polystyrenes": 0.0, "polyvinyls": 0.6, "polyamides": 0.4}}, "composition changed"),
        (LARGE, {"pooled": {"polyimides": 5_000}}, "composition changed"),
        (Planted(n_max=1060, materials=90), {"measured": "o"}, "measurements changed"),
        (replace(LARGE, unit="kg/m^3"), {}, "measurements changed"),
        (replace(SMALL, d=0.081), {}, "no larger n"),
        (Planted(n_max=70_000), {}, "beyond the forecasts"),
    ],
)
def test_unfair_comparisons_are_not_made(
    release: Release, enter: Enter, later: Planted, laid: dict[str, Any], kind: str
) -> None:
    enter(release(SMALL))
    folder = release(later, **laid)
    enter(folder)
    said = entries(folder)[1]["outcome"]
    assert said["kind"] == kind
    assert said["inside"] is None


def test_a_changed_protocol_is_named(release: Release, enter: Enter) -> None:
    enter(release(SMALL))
    folder = release(LARGE)
    params = folder / "params.yaml"
    params.write_text(params.read_text().replace("patience: 5", "patience: 6"))
    enter(folder)
    said = entries(folder)[1]["outcome"]
    assert said["kind"] == "protocol changed" and "training.patience changed from 5 to 6" in said["text"]


@pytest.mark.parametrize("more", ["trials: 60", "trials: 30\n    metrics: [within_tenth]"])
def test_more_trials_and_metrics_are_the_same_protocol(release: Release, enter: Enter, more: str) -> None:
    enter(release(SMALL))
    folder = release(LARGE)
    params = folder / "params.yaml"
    assert "trials: 30" in params.read_text()
    params.write_text(params.read_text().replace("trials: 30", more))
    enter(folder)
    assert entries(folder)[1]["outcome"]["kind"] == "forecast"


def test_another_level_is_another_valuation(release: Release, enter: Enter) -> None:
    folder = release(SMALL)
    enter(folder)
    for name in (folder / "results/fits").glob("*.json"):
        fit = json.loads(name.read_text())
        name.write_text(json.dumps({**fit, "level": 0.8}))
    params = folder / "params.yaml"
    params.write_text(params.read_text().replace("level: 0.9", "level: 0.8"))
    enter(folder)
    assert len(entries(folder)) == 2


def test_an_experiment_writes_none(release: Release, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXPERIMENT, "0" * 40)
    folder = release(SMALL)
    assert enter(folder) == 0
    assert entries(folder) == []


def test_an_edited_entry_is_named_and_nothing_added(
    release: Release, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = release(SMALL)
    enter(folder)
    (path,) = (folder / "reports/ledger").iterdir()
    path.write_text(path.read_text().replace('"n_max": 350', '"n_max": 351', 1))
    release(LARGE)
    assert enter(folder) == 1
    assert path.name in capsys.readouterr().err
    assert len(list((folder / "reports/ledger").iterdir())) == 1


def test_entry_names_no_material(release: Release, enter: Enter) -> None:
    folder = release(SMALL)
    enter(folder)
    text = next((folder / "reports/ledger").iterdir()).read_text()
    items = pd.read_parquet(folder / "results/predictions/density.parquet")["item"].unique()
    assert not any(str(item) in text for item in items)
