"""What was edited, lost or forked is named; composition and frozen forecasts are judged as stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simworth.errors import SimworthError
from simworth.ledger.chain import Entry, entries_from, file_name, heads, problems, sealed
from simworth.ledger.composition import changed
from simworth.ledger.outcome import at_n, moved_setting


def entry(seq: int, previous: Entry | None, task: str = "density", merges: tuple[Entry, ...] = ()) -> Entry:
    content = sealed(
        {"seq": seq, "task": task, "digest": f"{seq:012x}{task}", "previous": previous.hash if previous else None,
         "merges": [other.hash for other in merges], "value": 1.0}
    )  # fmt: skip
    return Entry(file_name(content), content)


@pytest.fixture
def chain() -> list[Entry]:
    first = entry(1, None)
    second = entry(2, first)
    return [first, second, entry(3, second)]


def changed_entry(old: Entry, reseal: bool, **values: Any) -> Entry:
    content = {**old.content, **values}
    return Entry(old.name, sealed(content) if reseal else content)


def test_a_whole_chain_has_no_problems(chain: list[Entry]) -> None:
    assert problems(chain) == []
    assert heads(chain) == [chain[2]]


@pytest.mark.parametrize("reseal", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_an_edit_names_the_edited_entry(chain: list[Entry], which: int, reseal: bool) -> None:
    chain[which] = changed_entry(chain[which], reseal, value=2.0)
    found = problems(chain)
    assert [problem.entry for problem in found if problem.fatal][:1] == [chain[which].name]
    assert "edited" in found[0].text


def test_a_lost_entry_is_noticed(chain: list[Entry]) -> None:
    found = problems([chain[0], chain[2]])
    assert found[0].entry == chain[2].name and "missing" in found[0].text


def test_a_misnamed_entry_is_noticed(chain: list[Entry]) -> None:
    chain[2] = Entry("0009-density-000000000003.json", chain[2].content)
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
    rows = [{"n": 100, "mae": 0.4, "low": 0.2, "high": None}, {"n": 400, "mae": 0.2, "low": 0.0, "high": 0.3}]
    assert at_n(rows, 200) == {"mae": pytest.approx(0.4 / 2**0.5, rel=2e-6), "low": pytest.approx(0.1), "high": None}
    assert at_n(rows, 100)["mae"] == pytest.approx(0.4)
    assert at_n(rows, 401) is None


def test_a_setting_that_the_code_gained_is_no_change() -> None:
    before = {"seed": 1, "training": {"patience": 5}}
    assert moved_setting(before, {"seed": 1, "training": {"patience": 5, "head": 32}, "new": 1}) is None
    assert moved_setting(before, {"seed": 2, "training": {"patience": 5}}) == "seed changed from 1 to 2"
