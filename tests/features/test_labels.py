"""Classes of a task's materials: the release's word, else the classifier's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.config import settings_from
from simworth.features.labels import material_classes


def clean(role: str, rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """(structure, partner, class) -> clean table."""
    fixed = {"role": role, "property": "density", "temperature": 300.0, "value": 1.0, "spread": np.nan}
    fixed |= {"replicates": 1, "converged": True, "protocol": "", "release": "r", "file": "f"}
    table = pd.DataFrame(rows, columns=["structure", "partner", "material_class"]).assign(**fixed)
    item = table["structure"].str.cat("|" + table["partner"]).str.removesuffix("|")
    return table.assign(item=item, row=range(2, len(table) + 2))[list(CLEAN_COLUMNS)]


SIDE = {"database": "some"}
SETTINGS = settings_from(
    {
        "seed": 1,
        "databases": {"some": {"releases": ["r"]}},
        "properties": {"density": {"unit": "g/cm^3", "range": [0.3, 3.0]}},
        "tasks": {"density": {"property": "density", "source": SIDE, "target": SIDE, "descriptors": ["ffkm"]}},
    },
    "made up",
)


def test_the_release_speaks_first_and_the_classifier_for_polymers_alone() -> None:
    asked: list[str] = []

    def classify(structures: Sequence[str]) -> list[str]:
        asked.extend(structures)
        return ["PACR"] * len(structures)

    source = clean("simulation", [("*CC*", "", "PHYC"), ("*CO*", "", "")])
    target = clean("experiment", [("*CC*", "", ""), ("*CC*", "O", ""), ("Bi2Te3", "", ""), ("*CF*", "CO", "cellulose")])
    table = material_classes(SETTINGS, "density", source, target, classify)
    assert asked == ["*CO*", "*CC*"]
    found = {(side, item): name for side, item, name in table.itertuples(index=False)}
    assert found == {
        ("source", "*CC*"): "PHYC", ("source", "*CO*"): "PACR", ("target", "*CC*"): "PACR", ("target", "*CC*|O"): "",
        ("target", "*CF*|CO"): "cellulose", ("target", "Bi2Te3"): "",
    }  # fmt: skip


def test_simulated_solutions_take_the_class_of_the_measured_polymer() -> None:
    source = clean("simulation", [("*CC*", "O", ""), ("*CF*", "O", ""), ("*CN*", "O", "")])
    target = clean(
        "experiment",
        [("*CC*", "CO", "polyether"), ("*CC*", "CCO", ""), ("*CF*", "C", "one"), ("*CF*", "CC", "another")],
    )
    table = material_classes(SETTINGS, "density", source, target, lambda _: [])
    found = {(side, item): name for side, item, name in table.itertuples(index=False)}
    assert found[("source", "*CC*|O")] == found[("target", "*CC*|CCO")] == "polyether"
    assert found[("source", "*CF*|O")] == found[("source", "*CN*|O")] == ""


def test_a_side_without_values_is_empty() -> None:
    source, target = clean("simulation", [("*CC*", "", "PHYC")]), clean("simulation", [])
    table = material_classes(SETTINGS, "density", source, target, lambda structures: [""] * len(structures))
    assert list(table["side"]) == ["source"]
