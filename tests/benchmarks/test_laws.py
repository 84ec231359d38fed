"""The line on laws, small here: the limit is in proportion to the curves."""

from __future__ import annotations

import pytest

from benchmarks.laws import LawLoad, laws_line


def test_a_hundredth_of_the_curves_keeps_a_hundredth_of_the_limit() -> None:
    line = laws_line(LawLoad(curves=36, trials=4))
    assert line.against == pytest.approx(120 * 36 / 3_640) and line.ours is not None and line.ratio is not None
    assert line.ratio == pytest.approx(120 * 36 / 3_640 / line.ours)
    assert "36 curves" in line.size
