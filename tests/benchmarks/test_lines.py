"""Lines, rounds and the machine: what ratio, target and met mean."""

from __future__ import annotations

import pytest

from benchmarks.lines import Target
from benchmarks.machine import machine
from benchmarks.rounds import interleaved, seconds

TARGET = Target("a thing", "another", "s", 2.0)


def test_seconds_are_better_when_fewer() -> None:
    assert TARGET.measured(2.0, 5.0).ratio == 2.5
    assert TARGET.measured(2.0, 5.0).met is True
    assert TARGET.measured(3.0, 5.0).met is False


def test_rates_are_better_when_more() -> None:
    assert TARGET.measured(5.0, 2.0, rate=True).ratio == 2.5
    assert TARGET.measured(5.0, 3.0, rate=True).met is False


def test_the_target_itself_is_enough() -> None:
    assert TARGET.measured(1.0, 2.0).met is True


def test_a_missing_line_has_a_reason_and_no_numbers() -> None:
    line = TARGET.missing("no such device")
    assert line.reason == "no such device"
    assert line.ours is line.against is line.ratio is line.spread is line.met is None


def test_the_spread_is_that_of_the_rounds() -> None:
    assert TARGET.measured(1.0, 2.0, spread=[2.5, 1.5, 2.0]).spread == (1.5, 2.5)
    assert TARGET.measured(1.0, 2.0, spread=[2.0]).spread is None


def test_rounds_go_back_and_forth() -> None:
    order: list[str] = []
    values = iter([1.0, 10.0, 20.0, 3.0, 2.0, 30.0])

    def run(name: str) -> float:
        order.append(name)
        return next(values)

    found = interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found.median("a") == 2.0
    assert found.median("b") == 20.0
    assert found.best("a", "b") == "b"
    assert found.ratios("b", "a") == [10.0, 20.0 / 3.0, 15.0]


def test_seconds_by_a_clock() -> None:
    ticks = iter([4.0, 9.0])
    assert seconds(lambda: None, lambda: next(ticks)) == 5.0


def test_the_machine_is_described_without_its_name() -> None:
    import socket

    about = machine()
    assert about.cores >= 1
    text = str(about)
    assert about.torch in text
    if len(socket.gethostname()) > 6:
        assert socket.gethostname() not in text


@pytest.mark.parametrize("gpu", ["", "Some GPU"])
def test_the_sentence_names_the_gpu(gpu: str) -> None:
    assert (gpu or "no CUDA device") in str(machine().model_copy(update={"gpu": gpu}))
