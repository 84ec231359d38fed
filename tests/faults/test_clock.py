"""A clock that jumps: no trial is lost, no duration is negative, no order depends on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.ledger.chain import Entry, heads, problems, sealed
from tests.faults.lab import made
from tests.ledger.test_chain import entry

JUMPING = """
import itertools, sys, time
jumps, real = itertools.cycle([0, -86400 * 400, 86400 * 30, -3600]), time.time
time.time = lambda: real() + next(jumps)
time.time_ns = lambda: int(time.time() * 1e9)
from simworth.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_sweep_under_a_jumping_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = made(tmp_path, epochs=2, trials=10)
    monkeypatch.setenv("SIMWORTH_STORE", str(sweep.store))
    assert main(sweep.command) == 0
    other = sweep.apart("jumping")
    script = tmp_path / "jumping.py"
    script.write_text(JUMPING)
    monkeypatch.setenv("SIMWORTH_STORE", str(other.store))
    monkeypatch.setenv("SIMWORTH_LOG_FILE", str(other.log))
    done = subprocess.run([sys.executable, script, *other.command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert other.tables == sweep.tables
    seconds = [one["seconds"] for one in other.events() if "seconds" in one]
    assert len(seconds) == 7 and all(0 <= value < 600 for value in seconds)
    times = [one["time"] for one in other.events()]
    assert times != sorted(times), "the clock did jump"


def test_a_ledger_whose_clock_went_back_is_whole() -> None:
    chain: list[Entry] = []
    for seq, year in enumerate((2030, 2026, 1970), 1):
        record = entry(seq, chain[-1] if chain else None).record
        chain.append(sealed(record.model_copy(update={"time": f"{year}-01-01T00:00:00+00:00"})))
    assert problems(chain) == [] and heads(chain) == [chain[2]]
