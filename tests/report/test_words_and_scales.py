"""Sentences claim no more than the intervals; axes have round ticks."""

from __future__ import annotations

import pytest
from made_project import Project

from simworth.config import Source, Target, Task
from simworth.report.answers import answer, coded, extension, headline
from simworth.report.svg import Scale, linear_scale, log_scale, tick_labels
from simworth.report.text import error_between, pretty_unit, raised_exponent, source_words
from simworth.scaling import Estimate
from simworth.valuation.pieces import Gain, Interval
from simworth.valuation.records import Unvalued, Valued


@pytest.fixture
def entry(project: Project) -> Valued:
    return project.entry("density")


def with_gain(entry: Valued, value: float, low: float, high: float) -> Valued:
    return entry.model_copy(update={"direct_minus_transfer": Estimate(value, low, high)})


def worth(entry: Valued) -> str:
    return str(answer(entry).worth.striptags())


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.02, 0.018, 0.022), "less than without simulations."),
        ((-0.02, -0.022, -0.018), "0.0200 (0.0180 to 0.0220) more than without simulations: here they do harm."),
        ((0.001, -0.001, 0.003), "0.0010 (−0.0010 to 0.0030) less than without simulations: too little"),  # noqa: RUF001
        ((-0.001, -0.003, 0.001), "0.0010 (−0.0010 to 0.0030) more than without simulations: too little"),  # noqa: RUF001
    ],
)
def test_direct_learning_is_compared_honestly(entry: Valued, gain: tuple[float, float, float], said: str) -> None:
    assert said in worth(with_gain(entry, *gain))


def test_doubling_that_may_do_nothing_is_said_so(entry: Valued) -> None:
    changed = entry.model_copy(update={"doubling_lowers_mae_by": Estimate(0.001, -0.001, 0.003)})
    assert "nothing at all" in answer(changed).doubling


def test_a_fall_too_small_for_its_decimals_is_words(entry: Valued) -> None:
    changed = entry.model_copy(update={"doubling_lowers_mae_by": Estimate(1e-7, -0.001, 0.003)})
    assert "lowers it by less than 0.0001 (" in answer(changed).doubling.striptags()


def test_no_error_is_shown_below_nothing() -> None:
    assert error_between(Interval(low=-0.003, high=0.05)).striptags() == "up to 0.0500"
    assert error_between(Interval(low=0.003, high=0.05)).striptags() == "0.00300 to 0.0500"


def test_measurements_are_never_called_simulations(entry: Valued) -> None:
    task = Task(
        property="electrical_conductivity",
        source=Source(database="starrydata", property="thermal_conductivity_inorganic", role="experiment"),
        target=Target(database="starrydata"),
        descriptors=("composition_kernel_mean",),
    )
    words = source_words(task)
    assert words.route == "starrydata: thermal conductivity inorganic → electrical conductivity"
    changes = {"verdict": "inconclusive", "verdict_reason": "both are possible", "gap": "upper bound"}
    made = answer(with_gain(entry, 0.001, -0.001, 0.003).model_copy(update=changes), words)
    said = " ".join(str(part.striptags()) for part in (made.worth, *made.unknown))
    assert "source materials, measured for another property, a prediction" in said and "simulat" not in said
    assert "simulated materials" in worth(entry)


def test_pairs_are_not_called_materials(entry: Valued) -> None:
    side = Source(database="cosmors")
    task = Task(
        property="chi", source=side, target=Target(database="cosmors"), descriptors=("ffkm",), learning="multitask"
    )
    words = source_words(task)
    said = str(answer(entry, words).worth.striptags())
    assert "simulated samples, each a polymer in a solvent at a temperature, a prediction" in said
    assert words.route == "cosmors: simulated → measured" and words.whole == "pairs"


def test_why_no_class_can_be_extended_is_counted(entry: Valued) -> None:
    kept = {name: one.model_copy(update={"advice": "cannot tell yet"}) for name, one in entry.classes.items()}
    assert extension({"density": entry.model_copy(update={"classes": kept})}) == (
        "None can be named yet. Of 3 measured classes, 1 has fewer than 10 measured materials; "
        "of the other 2, none is known to gain from a doubling."
    )
    kept["PVNL"] = kept["PVNL"].model_copy(update={"advice": "extend"})
    assert extension({"density": entry.model_copy(update={"classes": kept})}) == "density: polyvinyls."


OPEN = "what more of them would do is open in all three"


def gains(low: float) -> Gain:
    return Gain(
        x2=Estimate(0.01, low, 0.02), x4=Estimate(0.02, low, 0.05), x10=Estimate(0.04, low, 0.1), p_more_than={}
    )


@pytest.mark.parametrize(
    ("sides", "verdicts", "said"),
    [
        ([1, 1, 1], "iii", f"Simulations lower the error on real materials in all three valued tasks; {OPEN}"),
        (
            [1, 0, -1],
            "sfi",
            "Simulations lower the error on real materials in one of three valued tasks and raise it in one; "
            "more of them will lower it further in one, will hardly lower it in one; that is open in one",
        ),
        (
            [0, 0, 0],
            "iii",
            f"Whether simulations lower the error on real materials is open in all three valued tasks; {OPEN}",
        ),
        (
            [-1, 0, 0],
            "hhn",
            "Simulations raise the error on real materials in one of three valued tasks; "
            "more of them will not change it in one, will raise it in two",
        ),
        ([1], "s", "Simulations lower the error on real materials in the one task that could be valued; more of them "
         "will lower it further"),
        ([1], "u", "Simulations lower the error on real materials in the one task that could be valued; more of them "
         "should by the law lower it further"),
        ([1, 1], "di", "Simulations lower the error on real materials in both valued tasks; more of them will lower it "
         "further in one; that is open in one"),
        ([], "", "No task could be valued yet"),
    ],
)  # fmt: skip
def test_headline_tells_what_simulations_do_now_and_what_more_of_them_would(
    entry: Valued, sides: list[int], verdicts: str, said: str
) -> None:
    ends = {1: (0.1, 0.2), 0: (-0.1, 0.1), -1: (-0.2, -0.1)}
    names = {"s": "scaling", "u": "scaling", "f": "saturated", "n": "not scaling", "h": "harm"}
    tasks = {
        str(i): with_gain(entry, 0.0, *ends[s]).model_copy(
            update={"verdict": names.get(v, "inconclusive"), "gain": gains(-0.06 if v in "ui" else 0.01)}
        )
        for i, (s, v) in enumerate(zip(sides, verdicts, strict=True))
    }
    assert headline({**tasks, "held": Unvalued(status="waiting", reason="no data", unit="")}) == said


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


def test_decades_have_no_empty_decimals() -> None:
    assert tick_labels([0.01, 0.1, 1.0, 10.0]) == ["0.01", "0.1", "1", "10"]
    assert tick_labels([-2.0, 0.0, 0.5]) == ["−2.0", "0.0", "0.5"]  # noqa: RUF001


def test_scale_maps_ends() -> None:
    scale = Scale(1.0, 100.0, 0.0, 200.0, log=True)
    assert scale(10.0) == pytest.approx(100.0)
    assert scale.clamp(1e6) == 200.0
