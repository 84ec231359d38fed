"""What was edited, lost or forked is named; composition and frozen forecasts are judged as stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simworth.errors import SimworthError
from simworth.ledger.chain import Entry, entries_from, heads, problems, read_ledger, sealed
from simworth.ledger.judgement import at_n, interval_score
from simworth.ledger.outcome import changed, moved_setting
from simworth.ledger.records import Ahead
from simworth.valuation.pieces import Sized

FIRST = read_ledger(Path(__file__).parents[2] / "reports/ledger")[0].record


def entry(seq: int, previous: Entry | None, task: str = "density", merges: tuple[Entry, ...] = ()) -> Entry:
    """A link made of the repository's first entry."""
    changes = {
        "seq": seq,
        "task": task,
        "digest": f"{seq:012x}{task}",
        "previous": previous.hash if previous else None,
        "merges": tuple(other.hash for other in merges),
    }
    return sealed(FIRST.model_copy(update=changes))


@pytest.fixture
def chain() -> list[Entry]:
    first = entry(1, None)
    second = entry(2, first)
    return [first, second, entry(3, second)]


def changed_entry(old: Entry, reseal: bool, n_max: int) -> Entry:
    record = old.record.model_copy(update={"n_max": n_max})
    return sealed(record) if reseal else replace(old, content={**old.content, "n_max": n_max}, record=record)


def test_a_whole_chain_has_no_problems(chain: list[Entry]) -> None:
    assert problems(chain) == []
    assert heads(chain) == [chain[2]]


@pytest.mark.parametrize("reseal", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_an_edit_names_the_edited_entry(chain: list[Entry], which: int, reseal: bool) -> None:
    chain[which] = changed_entry(chain[which], reseal, n_max=2)
    found = problems(chain)
    assert [problem.entry for problem in found if problem.fatal][:1] == [chain[which].name]
    assert "edited" in found[0].text


def test_a_lost_entry_is_noticed(chain: list[Entry]) -> None:
    found = problems([chain[0], chain[2]])
    assert found[0].entry == chain[2].name and "missing" in found[0].text


def test_a_misnamed_entry_is_noticed(chain: list[Entry]) -> None:
    chain[2] = replace(chain[2], name="0009-density-000000000003.json")
    assert "misnamed" in problems(chain)[0].text


def test_a_fork_is_said_and_joined(chain: list[Entry]) -> None:
    other = entry(3, chain[1], task="chi")
    forked = [*chain, other]
    (problem,) = problems(forked)
    assert not problem.fatal and problem.entry == chain[1].name and other.name in problem.text
    assert len(heads(forked)) == 2
    joined = [*forked, entry(4, other, merges=(chain[2],))]
    assert len(heads(joined)) == 1
    assert all(not problem.fatal for problem in problems(joined))


def test_two_beginnings_are_said_not_refused(chain: list[Entry]) -> None:
    found = problems([*chain, entry(1, None, task="chi")])
    assert found and not any(problem.fatal for problem in found)


def test_a_file_that_is_no_entry_is_named() -> None:
    with pytest.raises(SimworthError, match=r"0001-density\.json"):
        entries_from({"0001-density.json": b"{}"})


def test_random_growth_is_the_same_composition() -> None:
    rng = np.random.default_rng(5)
    classes = [f"class {i}" for i in range(21)]
    shares = rng.dirichlet(np.full(21, 0.5))
    alarms = 0
    for _ in range(300):
        drawn = rng.choice(21, 1077, p=shares)
        before = {classes[i]: int((drawn[:350] == i).sum()) for i in range(21)}
        now = {classes[i]: int((drawn[:700] == i).sum()) for i in range(21)}
        alarms += changed(before, now) is not None
    assert alarms <= 3


def test_file_order_is_another_composition() -> None:
    counts = {"a": 400, "b": 300, "c": 200, "d": 177}
    assert changed(counts, {"a": 400, "b": 300}) is not None
    assert changed({"a": 400, "b": 300}, counts) is not None


def test_unknown_classes_prove_nothing() -> None:
    assert changed({}, {"a": 5}) is None
    assert changed({"a": 5}, {"a": 5}) is None


def test_frozen_forecasts_are_read_between_their_points() -> None:
    rows = [Sized(n=100, mae=0.4, low=0.2, high=None), Sized(n=400, mae=0.2, low=0.0, high=0.3)]
    assert at_n(rows, 200) == Ahead.model_construct(mae=pytest.approx(0.4 / 2**0.5), low=pytest.approx(0.1), high=None)
    ahead = at_n(rows, 100)
    assert ahead is not None and ahead.mae == pytest.approx(0.4)
    assert at_n(rows, 401) is None


def test_interval_scores_punish_width_and_misses() -> None:
    """90 %: width of the log interval, and 20 times what lies outside."""
    ahead = Ahead(mae=1.0, low=0.9, high=1.1)
    width = np.log(1.1 / 0.9)
    assert interval_score(ahead, 1.05, 0.9) == pytest.approx(width)
    assert interval_score(ahead, 1.2, 0.9) == pytest.approx(width + 20 * np.log(1.2 / 1.1))
    assert interval_score(ahead.model_copy(update={"high": None}), 1.0, 0.9) is None


def test_a_setting_that_the_code_gained_is_no_change() -> None:
    before = {"seed": 1, "training": {"patience": 5}}
    assert moved_setting(before, {"seed": 1, "training": {"patience": 5, "head": 32}, "new": 1}) is None
    assert moved_setting(before, {"seed": 2, "training": {"patience": 5}}) == "seed changed from 1 to 2"
    annealed = moved_setting(before, {"seed": 1, "training": {"patience": 5, "annealing": {"steps": 9}}})
    assert annealed == "training.annealing changed from None to {'steps': 9}", (
        "it came with the code, and was turned on"
    )
