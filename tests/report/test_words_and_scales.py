"""Sentences claim no more than the intervals; axes have round ticks."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from made_project import Project

from simworth.report.answers import answer, coded, headline
from simworth.report.scale import Scale, linear_scale, log_scale, tick_labels
from simworth.report.text import Numbers, pretty_unit, raised_exponent


@pytest.fixture
def valuation(project: Project) -> dict[str, Any]:
    return deepcopy(project.valuation)


def with_gain(valuation: dict[str, Any], value: float, low: float, high: float) -> dict[str, Any]:
    valuation["tasks"]["density"]["direct_minus_transfer"] = {"value": value, "low": low, "high": high}
    return valuation


def worth(valuation: dict[str, Any]) -> str:
    return str(answer(Numbers(valuation), "density", valuation["tasks"]["density"]).worth.striptags())


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.02, 0.018, 0.022), "less than without simulations."),
        ((-0.02, -0.022, -0.018), "0.0200 (0.0180 to 0.0220) more than without simulations: here they do harm."),
        ((0.001, -0.001, 0.003), "0.0010 (−0.0010 to 0.0030) less than without simulations: too little"),  # noqa: RUF001
        ((-0.001, -0.003, 0.001), "0.0010 (−0.0010 to 0.0030) more than without simulations: too little"),  # noqa: RUF001
    ],
)
def test_direct_learning_is_compared_honestly(
    valuation: dict[str, Any], gain: tuple[float, float, float], said: str
) -> None:
    assert said in worth(with_gain(valuation, *gain))


def test_doubling_that_may_do_nothing_is_said_so(valuation: dict[str, Any]) -> None:
    entry = valuation["tasks"]["density"]
    entry["doubling_lowers_mae_by"] = {"value": 0.001, "low": -0.001, "high": 0.003}
    assert "nothing at all" in answer(Numbers(valuation), "density", entry).doubling


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ([1, 1, 1], "Simulations lower the error on real materials in all three valued tasks"),
        (
            [1, 0, -1],
            "Simulations lower the error on real materials in one of three valued tasks; one of them does harm",
        ),
        ([0, 0, 0], "Whether simulations lower the error on real materials is open in all three valued tasks"),
        ([-1, 0, 0], "Simulations raise the error on real materials in one of three valued tasks"),
        ([], "No task could be valued yet"),
    ],
)
def test_headline_counts_what_the_intervals_prove(sides: list[int], said: str) -> None:
    ends = {1: (0.1, 0.2), 0: (-0.1, 0.1), -1: (-0.2, -0.1)}
    tasks: dict[str, Any] = {
        str(i): {"status": "ok", "direct_minus_transfer": {"value": 0, "low": ends[s][0], "high": ends[s][1]}}
        for i, s in enumerate(sides)
    }
    assert headline({**tasks, "held": {"status": "waiting"}}) == said


def test_code_in_reasons_is_escaped() -> None:
    assert coded("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"
    assert coded("odd ` one <b>") == "odd ` one &lt;b&gt;"


@pytest.mark.parametrize(
    ("unit", "shown"),
    [("g/cm^3", "g/cm³"), ("W/(m K)", "W/(m K)"), ("", ""), ("log10(S/m)", "log₁₀(S/m)"), ("m**-1", "m⁻¹")],
)
def test_units_are_printed_as_people_write_them(unit: str, shown: str) -> None:
    assert pretty_unit(unit) == shown


def test_powers_of_ten_are_raised() -> None:
    assert raised_exponent("1.70e-11") == "1.70 × 10⁻¹¹"  # noqa: RUF001


@pytest.mark.parametrize(("low", "high"), [(0.026, 0.062), (0.1, 0.12), (1e-6, 3.0), (100, 700_000), (1.0, 1.05)])
def test_log_axes_have_round_ticks_within(low: float, high: float) -> None:
    scale = log_scale([low, high], 300.0, 0.0)
    ticks = scale.ticks(40)
    assert len(ticks) >= 2
    assert all(scale.holds(tick) for tick in ticks)
    assert all(a - b >= 40 for a, b in zip(map(scale, ticks), list(map(scale, ticks))[1:], strict=False))
    assert len(set(tick_labels(ticks))) == len(ticks)


def test_equal_values_still_have_an_axis() -> None:
    assert linear_scale([2.0, 2.0], 0, 100).ticks(20)
    assert log_scale([2.0, 2.0], 0, 100).ticks(20)


def test_scale_maps_ends() -> None:
    scale = Scale(1.0, 100.0, 0.0, 200.0, log=True)
    assert scale(10.0) == pytest.approx(100.0)
    assert scale.clamp(1e6) == 200.0
