"""Classes: each one's law or the reason why it has none, the simulation against the measurement, and the advice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_grids import class_table
from fake_tables import Planted, Tables, planted, smiles

from simworth.columns import Quantity
from simworth.scaling import Estimate, fit_power_law
from simworth.valuation.classes import (
    CHANGE,
    EXTEND,
    OPEN,
    STOP,
    Sorting,
    ValuedClass,
    advise,
    corrected_deviation,
    value_classes,
)
from simworth.valuation.cube import Errors, cube_of, errors_of
from simworth.valuation.groupings import GROUPINGS, UNKNOWN, Materials
from simworth.valuation.pieces import ClassValuation

PLAN = Planted(trials=12, materials=60, points=6, n_max=10_000)
DENSITY = Quantity("density", "g/cm^3", "linear")
KAPPA, SIGMA = Quantity("kappa", "W/(m K)", "linear"), Quantity("sigma", "S/m", "log10")
SHARES = {"PSTR": 25, "PVNL": 20, "PAMD": 8}
MADE = {"PSTR": 30, "PVNL": 12, "PIMD": 7}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return planted(PLAN)


@pytest.fixture(scope="module")
def classes() -> pd.DataFrame:
    return class_table(smiles(PLAN.materials), SHARES, MADE)


def sorted_by(table: pd.DataFrame, **changes: object) -> Sorting:
    return replace(Sorting("material_class", True, DENSITY, DENSITY, table), **changes)


def valued(tables: Tables, sorting: Sorting) -> dict[str, ClassValuation]:
    errors = errors_of(tables.trials, tables.predictions, "density")
    return {one.name: one.valuation for one in classes_of(errors, tables, sorting)}


def classes_of(errors: Errors, tables: Tables, sorting: Sorting) -> tuple[ValuedClass, ...]:
    return value_classes(errors, tables.predictions, sorting, 0.9)


@pytest.fixture(scope="module")
def found(tables: Tables, classes: pd.DataFrame) -> dict[str, ClassValuation]:
    return valued(tables, sorted_by(classes))


def test_counts_per_class_largest_first_unknown_last(found: dict[str, ClassValuation], tables: Tables) -> None:
    seen = tables.predictions["item"].nunique()
    assert list(found) == ["PSTR", "PVNL", "PAMD", "PIMD", UNKNOWN]
    assert sum(one.measured for one in found.values()) == seen
    assert {name: one.simulated for name, one in found.items()} == {**MADE, "PAMD": 0, UNKNOWN: 0}
    assert found["PIMD"].measured == 0 and found["PIMD"].advice_reason == "nothing is measured"


def test_few_measurements_have_a_curve_and_no_law(found: dict[str, ClassValuation]) -> None:
    few = found["PAMD"]
    assert few.mae_at_n_max is not None
    assert few.law is None and few.advice == OPEN
    assert few.law_reason == f"too few measurements to say: {few.measured} measured materials, 10 needed"


def test_law_of_a_class_is_that_of_its_materials_alone(
    found: dict[str, ClassValuation], tables: Tables, classes: pd.DataFrame
) -> None:
    errors = errors_of(tables.trials, tables.predictions, "density")
    for name in ("PSTR", "PVNL"):
        items = classes.query("side == 'target' and material_class == @name")["item"]
        law = fit_power_law(errors.n, cube_of(errors.transfer[errors.transfer["item"].isin(items)], "n"))
        kept = found[name].law
        assert kept is not None
        assert kept["alpha"].value == pytest.approx(law.alpha, rel=1e-6, abs=1e-9)
        assert kept["C"].high == pytest.approx(law.interval("C")[1], rel=1e-5)
        assert found[name].verdict == law.judge(0.9).verdict
        today, gain = law.predict(errors.n[-1]).value, found[name].doubling_lowers_mae_by
        assert gain is not None  # of a class as of a task: the relative gain times the error today
        wanted = sorted(today * end for end in law.gain(2.0, 0.9, "materials").fall)
        assert [gain.low, gain.value, gain.high] == pytest.approx(wanted, rel=1e-4)


def test_classes_that_lack_equally_many_sizes_have_no_law_and_say_so(tables: Tables, classes: pd.DataFrame) -> None:
    errors, items = errors_of(tables.trials, tables.predictions, "density"), classes.set_index("item")["material_class"]
    name, first, second = errors.transfer["item"].map(items), *errors.n[:2]
    missing = ((name == "PSTR") & (errors.transfer["n"] == first)) | (
        (name == "PVNL") & (errors.transfer["n"] == second)
    )
    known = errors.transfer[~missing & name.isin(["PSTR", "PVNL"])]
    found = {one.name: one for one in classes_of(Errors(known, errors.direct), tables, sorted_by(classes))}
    for one in ("PSTR", "PVNL"):
        assert found[one].curve and found[one].valuation.law is None
        assert found[one].valuation.law_reason == "no law: some sizes n tested no material of some class"


def test_deviation_finds_the_planted_bias(found: dict[str, ClassValuation], tables: Tables) -> None:
    parity = found["PSTR"].parity
    assert parity is not None and parity.materials >= 10
    noise = 0.15 * PLAN.width
    assert parity.bias == pytest.approx(PLAN.bias * PLAN.center, abs=noise)
    assert parity.corrected_mae == pytest.approx(noise * np.sqrt(2 / np.pi), rel=0.5)
    assert parity.correlation is not None and parity.correlation > 0.95
    assert parity.corrected_mae is not None and parity.corrected_mae < parity.mae
    assert found["PAMD"].parity is None


def test_restricted_deviations_advise_but_are_not_kept(tables: Tables, classes: pd.DataFrame) -> None:
    shown, hidden = (valued(tables, sorted_by(classes, shown=shown)) for shown in (True, False))
    assert all(one.parity is None for one in hidden.values())
    assert {k: v.advice for k, v in shown.items()} == {k: v.advice for k, v in hidden.items()}


def test_another_property_is_not_compared(tables: Tables, classes: pd.DataFrame) -> None:
    other = valued(tables, sorted_by(classes, simulated=KAPPA))
    assert all(one.parity is None for one in other.values())


def test_unknown_classes_alone_are_no_classes(tables: Tables, classes: pd.DataFrame) -> None:
    assert valued(tables, sorted_by(classes.assign(material_class=""))) == {}


QUANTITIES = {"wiedemann_franz": (SIGMA, KAPPA)}


@pytest.mark.parametrize("name", GROUPINGS)
def test_every_grouping_names_tested_materials_only(name: str, tables: Tables, classes: pd.DataFrame) -> None:
    table = classes.assign(distance=np.linspace(0.0, 1.0, len(classes)))
    groups = GROUPINGS[name](Materials(tables.predictions, table, *QUANTITIES.get(name, (DENSITY, DENSITY))))
    assert groups.measured and set(groups.measured) <= set(tables.predictions["item"])
    assert set(groups.measured.values()) | set(groups.simulated) == set(groups.names)


@pytest.mark.parametrize(
    ("verdict", "gap", "gain_low", "corrected", "advice"),
    [
        ("scaling", "identified", 0.001, None, EXTEND),
        ("scaling", "identified", -0.001, 0.2, OPEN),
        ("scaling", "not identified", None, None, OPEN),
        ("saturated", "identified", 0.0, 0.081, CHANGE),
        ("not scaling", "not identified", 0.0, 0.09, CHANGE),
        ("saturated", "identified", 0.0, 0.079, STOP),
        ("saturated", "identified", 0.0, None, STOP),
        ("saturated", "upper bound", 0.0, None, OPEN),
        ("not scaling", "not identified", 0.0, None, OPEN),
        ("inconclusive", "upper bound", 0.001, 0.2, OPEN),
    ],
)
def test_advice_follows_its_rule(
    verdict: str, gap: str, gain_low: float | None, corrected: float | None, advice: str
) -> None:
    given, reason = advise(
        verdict, gap, Estimate(0.01, -np.inf if gain_low is None else gain_low, 0.02), 0.1, corrected
    )
    assert given == advice and reason


def test_linear_correction_leaves_only_scatter() -> None:
    rng = np.random.default_rng(3)
    simulated = rng.standard_normal(400)
    measured = 3.0 + 0.5 * simulated + 0.1 * rng.standard_normal(400)
    assert corrected_deviation(measured, simulated) == pytest.approx(0.1 * np.sqrt(2 / np.pi), rel=0.1)
    assert corrected_deviation(measured[:9], simulated[:9]) is None
    assert corrected_deviation(measured, np.zeros(400)) is None


def test_each_material_is_left_out_of_its_own_line() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((2, 12))
    missed = []
    for i in range(12):
        rest = np.arange(12) != i
        missed.append(abs(y[i] - np.polyval(np.polyfit(x[rest], y[rest], 1), x[i])))
    assert corrected_deviation(y, x) == pytest.approx(np.mean(missed))
