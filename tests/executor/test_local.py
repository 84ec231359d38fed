"""Workers that fail and die: what is lost, and what is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.environment import Machine
from simworth.errors import SimworthError
from simworth.executor import Done, Job, run


def setup(folder: str) -> None:
    os.environ["SIMWORTH_TEST_FOLDER"] = folder


def work(piece: int) -> int:
    """7 always kills its worker, 5 does so the first time; 3 always raises, 4 the first time."""
    first = Path(os.environ["SIMWORTH_TEST_FOLDER"]) / f"{piece}"
    again = first.exists()
    first.touch()
    if piece == 7 or (piece == 5 and not again):
        os.kill(os.getpid(), signal.SIGKILL)
    if piece == 3 or (piece == 4 and not again):
        raise ValueError("three\nand more")
    return piece * piece


def test_a_dead_worker_costs_its_own_piece_alone(tmp_path: Path) -> None:
    done = {one.index: one for one in run(Job(work, setup, (str(tmp_path),)), range(9), Machine(2))}
    assert sorted(done) == list(range(9))
    assert [done[k].value for k in (0, 1, 2, 4, 5, 6, 8)] == [0, 1, 4, 16, 25, 36, 64]
    assert done[3].error == "ValueError: three and more"
    assert "died" in done[7].error


def test_one_worker_stays_in_this_process(tmp_path: Path) -> None:
    done = list(run(Job(work, setup, (str(tmp_path),)), [1, 4, 3], Machine(1)))
    assert done == [Done(0, 1, ""), Done(1, 16, ""), Done(2, None, "ValueError: three and more")]


def broken(kind: type[Exception]) -> None:
    raise kind("no such module")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_making_ready_raises_is_said(workers: int) -> None:
    with pytest.raises(SimworthError, match="no such module"):
        list(run(Job(work, broken, (SimworthError,)), [1, 2], Machine(workers)))


def test_making_ready_that_fails_is_the_failure_of_every_piece() -> None:
    done = list(run(Job(work, broken, (ValueError,)), [1, 2], Machine(2)))
    assert [one.error for one in done] == ["ValueError: no such module"] * 2


def linger(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


def nothing() -> None:
    """A worker with nothing to make ready."""


def test_workers_end_with_a_killed_sweep(tmp_path: Path) -> None:
    code = (
        "from simworth.executor import Job, run\n"
        "from simworth.environment import Machine\n"
        "from tests.executor.test_local import linger, nothing\n"
        f"if __name__ == '__main__': list(run(Job(linger, nothing, ()), [{str(tmp_path)!r}] * 2, Machine(2)))"
    )
    script = tmp_path / "sweep.py"
    script.write_text(code)
    root = Path(__file__).parents[2]
    code_is_in = f"{root}{os.pathsep}{root / 'src'}"
    sweep = subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": code_is_in})

    def started() -> list[str]:
        return [one.name for one in tmp_path.iterdir() if one.name.isdigit()]

    until(lambda: len(started()) == 2)
    sweep.kill()
    sweep.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started()))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
