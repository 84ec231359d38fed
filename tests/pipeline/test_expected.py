"""What training is said to take before anything runs: from prepared tasks, else from the last valuation."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simworth.config import load_settings
from simworth.environment import store_root
from simworth.pipeline.expected import expected
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper

from ..sweep.planted import prepared_data, settings

ROOT = Path(__file__).parents[2]
NONE = Path("no-valuation.json")


@pytest.mark.parametrize("split", ["material", "class"])
def test_what_is_in_the_store_is_not_expected(split: str, tmp_path: Path) -> None:
    """Where classes are held out whole, the training side is smaller."""
    given, made = settings(max_epochs=2, hidden=[8], trials=10, split=split), prepared_data(simulated=90, split=split)
    made.write(tmp_path / "density")
    (line,) = expected(given, ["density"], tmp_path, NONE)
    assert re.fullmatch(r"to train, about \d+ s with \d+ workers: density \d+ s \(n up to 90\)", line)
    data = made.ready()
    Sweeper(given, "density", data, store_root()).run(plan(given.tasks["density"], data).shards)
    assert expected(given, ["density"], tmp_path, NONE) == []
    (line,) = expected(load_settings(ROOT / "params.yaml"), ["chi"], NONE, ROOT / "reports" / "valuation.json")
    held = len(plan(given.tasks["density"], data).shards)
    assert f" workers, less what of the {held} shards in the store is theirs: chi " in line


def test_before_anything_is_prepared_the_last_valuation_tells(tmp_path: Path) -> None:
    ours = load_settings(ROOT / "params.yaml")
    (line,) = expected(ours, ["density", "chi", "heat_capacity"], tmp_path, ROOT / "reports" / "valuation.json")
    assert re.search(r"density .+ \(n up to 1,077\), chi .+ \(n up to 1,206\)$", line), "heat capacity waits"
    other = replace(ours.tasks["heat_capacity"], target=replace(ours.tasks["chi"].target, property="heat_capacity"))
    given = replace(ours, tasks=ours.tasks | {"heat_capacity": other})
    (line,) = expected(given, ["heat_capacity"], tmp_path, ROOT / "reports" / "valuation.json")
    assert line.endswith("heat_capacity"), "it waits for another database's sake"
    (line,) = expected(ours, ["density"], tmp_path, NONE)
    assert line == "to train, for a time that is known once they are prepared: density"
