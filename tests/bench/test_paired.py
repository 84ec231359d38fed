"""What paired trials are worth, read from the fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simworth.bench.paired import PairedLoad, paired_lines


def test_a_fit_gives_the_trials_that_independent_ones_would_cost(tmp_path: Path) -> None:
    fit = {"pairing": {"trials": 30, "independent_trials": 135, "factor": 4.5, "fall_factor": 5.0, "reason": ""}}
    (tmp_path / "density.json").write_text(json.dumps(fit), encoding="utf-8")
    (line,) = paired_lines(PairedLoad(tmp_path, ("density",)))
    assert (line.ours, line.against, line.ratio, line.met) == (30, 135, 4.5, True)


@pytest.mark.parametrize(
    ("fit", "reason"),
    [
        (None, "cannot be read"),
        ({"pairing": None}, "too few trials"),
        ({"pairing": {"trials": 30, "factor": None, "reason": "these trials do not bound alpha"}}, "do not bound"),
    ],
)
def test_a_fit_that_cannot_say_leaves_the_reason(tmp_path: Path, fit: object, reason: str) -> None:
    if fit is not None:
        (tmp_path / "density.json").write_text(json.dumps(fit), encoding="utf-8")
    (line,) = paired_lines(PairedLoad(tmp_path, ("density",)))
    assert line.ratio is None
    assert reason in line.reason
