"""Classes of a task's materials: the release's word, else the classifier's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from simworth.columns import SAMPLE_COLUMNS
from simworth.features.material_classes import material_classes


def samples(side: str, rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """(structure, partner, class) -> one side of a prepared task."""
    fixed = {"side": side, "temperature": 300.0, "value": 1.0, "simulated": np.nan, "spread": np.nan, "replicates": 1}
    table = pd.DataFrame(rows, columns=["structure", "partner", "material_class"]).assign(**fixed)
    item = table["structure"].str.cat("|" + table["partner"]).str.removesuffix("|")
    return table.assign(item=item, material=item, group=item)[list(SAMPLE_COLUMNS)]


def test_the_release_speaks_first_and_the_classifier_for_polymers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def classify(structures: Sequence[str]) -> list[str]:
        asked.extend(structures)
        return ["PACR"] * len(structures)

    monkeypatch.setattr("simworth.features.material_classes.polymer_class", classify)
    source = samples("source", [("*CC*", "", "PHYC"), ("*CO*", "", "")])
    target = samples("target", [("*CC*", "", ""), ("*CC*", "O", ""), ("Bi2Te3", "", ""), ("*CF*", "CO", "cellulose")])
    table = material_classes(pd.concat([source, target]))
    assert asked == ["*CO*", "*CC*"]
    found = {(side, item): name for side, item, name in table.itertuples(index=False)}
    assert found == {
        ("source", "*CC*"): "PHYC", ("source", "*CO*"): "PACR", ("target", "*CC*"): "PACR", ("target", "*CC*|O"): "",
        ("target", "*CF*|CO"): "cellulose", ("target", "Bi2Te3"): "",
    }  # fmt: skip


def test_simulated_solutions_take_the_class_of_the_measured_polymer() -> None:
    source = samples("source", [("*CC*", "O", ""), ("*CF*", "O", ""), ("*CN*", "O", "")])
    target = samples(
        "target",
        [("*CC*", "CO", "polyether"), ("*CC*", "CCO", ""), ("*CF*", "C", "one"), ("*CF*", "CC", "another")],
    )
    table = material_classes(pd.concat([source, target]))
    found = {(side, item): name for side, item, name in table.itertuples(index=False)}
    assert found[("source", "*CC*|O")] == found[("target", "*CC*|CCO")] == "polyether"
    assert found[("source", "*CF*|O")] == found[("source", "*CN*|O")] == ""


def test_a_side_without_values_is_empty() -> None:
    source, target = samples("source", [("*CC*", "", "PHYC")]), samples("source", [])
    table = material_classes(pd.concat([source, target]))
    assert list(table["side"]) == ["source"]
