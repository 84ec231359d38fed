"""A sweep that is killed, with all its processes, goes on where it was and ends with the same bytes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.lab import UNITS, Swept, kill_tree, made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """A sweep that nobody disturbed, in one process."""
    sweep = made(tmp_path_factory.mktemp("killed"), epochs=20)
    sweep = sweep.with_workers(1)
    sweep.run()
    return sweep


def test_three_kills_and_power_losses_cost_nothing_that_was_kept(whole: Swept) -> None:
    """One sweep in two processes, killed three times at random; after each kill what was written last is cut."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    victim = whole.apart("victim").with_workers(2)
    cut = 0
    for _ in range(3):
        child = victim.start()
        victim.wait_for(len(victim.events("shards kept")) + draw.randrange(4), child)
        time.sleep(draw.uniform(0, 0.4))
        kill_tree(child)
        cut += cut_the_last(victim.store, draw)
        (victim.results / "t.parquet").write_bytes(whole.tables[0][: draw.randrange(900)])
    before = victim.units
    victim.with_workers(1).run()
    assert victim.tables == whole.tables
    assert len(victim.units) == UNITS
    assert len(victim.kept) <= UNITS + cut, "a unit that was kept was computed again"
    same = [name for name, identity in before.items() if victim.units[name] == identity]
    assert len(same) >= len(before) - cut, "the kept ones are the files that they were, save those that were cut"
    assert not list(victim.store.glob("units/*/.*")), "what a killed sweep had half written is gone"


def cut_the_last(store: Path, draw: random.Random) -> int:
    """Cut the newest unit, as where its name reached the disk before its content did; how many were cut."""
    files = [path for path in store.glob("units/*/*.safetensors") if path.is_file()]
    if not files:
        return 0
    newest = max(files, key=lambda path: path.stat().st_mtime_ns)
    with newest.open("r+b") as file:
        file.truncate(draw.randrange(newest.stat().st_size))
    return 1


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_kills_in_the_middle_of_shards_cost_an_epoch_each(whole: Swept, kills: int) -> None:
    """Every kill comes when one more state was kept; the sweep goes on from the last one, to the same bytes."""
    victim = whole.apart(f"middle-{kills}").with_workers(1)
    for _ in range(kills):
        before = states(victim)
        child = victim.start(module="tests.faults.saving")
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it ended before it could be killed"
        kill_tree(child)
        assert states(victim) - before, "it has stopped, and kept nothing"
    kept = len(victim.kept)
    victim.run()
    assert victim.tables == whole.tables
    assert sum(one["resumed_epochs"] for one in victim.events("shards kept")[kept:]) > 0
    assert not list(victim.store.glob("partial/*")), "states that nobody needs are left"


def states(sweep: Swept) -> set[tuple[str, int]]:
    """States of trainings that the store holds, each with its time."""
    found = set()
    for path in sweep.store.glob("partial/*/*/[!.]*.safetensors"):
        with contextlib.suppress(FileNotFoundError):
            found.add((path.name, path.stat().st_mtime_ns))
    return found


@pytest.mark.soak
@pytest.mark.parametrize("kill", range(20))
def test_twenty_kills_of_a_sweep(whole: Swept, kill: int) -> None:
    """Each at a random time of a fresh sweep; the next run redoes nothing that was kept."""
    seed = random.SystemRandom().randrange(2**32)
    draw = random.Random(seed)
    victim = whole.apart(f"once-{kill}").with_workers(2)
    child = victim.start()
    victim.wait_for(draw.randrange(UNITS + 1), child)
    time.sleep(draw.uniform(0, 1))
    kill_tree(child)
    before = victim.units
    victim.run()
    assert victim.tables == whole.tables, f"seed {seed}"
    assert {name: victim.units[name] for name in before} == before
    assert victim.events("sweep begins")[-1]["kept"] == len(before)


@pytest.mark.soak
def test_dvc_repro_goes_on_after_five_kills(whole: Swept) -> None:
    """The whole tree, dvc and its lock included; what ran last, a late kill or the next run, left the same bytes."""
    victim = whole.apart("dvc").with_workers(2)
    place = victim.results
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=place, check=True)
    files = {"outs": ["t.parquet", "p.parquet", "s.json"], "deps": [str(whole.root / "prepared")]}
    stage = {"cmd": shlex.join(["simworth", *victim.command]), **files}
    (place / "dvc.yaml").write_text(json.dumps({"stages": {"sweep": stage}}), encoding="utf-8")
    draw = random.Random(seed := random.SystemRandom().randrange(2**32))
    for _ in range(5):
        child = victim.start("repro", module="dvc", cwd=place)
        wanted = min(len(victim.events("shards kept")) + draw.randrange(3), UNITS)
        victim.wait_for(wanted, child, "shards kept")
        kill_tree(child)
    victim.start("repro", module="dvc", cwd=place).communicate(
        timeout=600
    )  # nothing to do, where the last kill was late
    child = victim.start("repro", module="dvc", cwd=place)
    out, complaint = child.communicate(timeout=600)
    assert child.returncode == 0 and "didn't change, skipping" in out, f"seed {seed}: {out}{complaint}"
    assert victim.tables == whole.tables and len(victim.kept) <= UNITS
