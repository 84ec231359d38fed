"""Two at once: the second waits, or is refused in plain words, and neither spoils the other's work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.faults.lab import UNITS, ended, made, paused


def test_two_sweeps_share_their_units(tmp_path: Path) -> None:
    """The second waits for the first, computes nothing and leaves the same tables."""
    one = made(tmp_path, epochs=40).with_workers(1)
    two = replace(one.apart("second"), store=one.store)
    with ended(one.start()) as first:
        one.wait_for(1, first, "computing")
        with ended(two.start()) as second:
            assert second.stderr is not None
            with paused(first):
                said = second.stderr.readline()
            assert second.wait() == 0, said + second.stderr.read()
        assert first.wait() == 0
    assert f"process {first.pid} on" in said and "waiting for it" in said
    assert two.tables == one.tables
    assert len(one.kept) == UNITS and not two.kept
    assert two.events("sweep begins")[0]["kept"] == UNITS


def test_a_second_dvc_repro_is_refused_in_plain_words(tmp_path: Path) -> None:
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n  one:\n    cmd: touch up; while [ ! -e go ]; do sleep 0.05; done; echo done > out\n    outs: [out]\n"
    )
    with ended(subprocess.Popen([*dvc, "repro", "-q"], cwd=tmp_path, text=True)) as first:
        until((tmp_path / "up").exists, first)
        second = subprocess.run([*dvc, "repro"], cwd=tmp_path, capture_output=True, text=True, check=False)
        (tmp_path / "go").touch()
        assert first.wait() == 0
    assert (tmp_path / "out").read_text() == "done\n"
    assert second.returncode != 0
    assert "busy" in second.stderr or "lock" in second.stderr.lower(), second.stderr
    assert "Traceback" not in second.stderr


def until(true: Callable[[], bool], child: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert child.poll() is None, "it ended before"
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
