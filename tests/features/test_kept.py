"""Descriptors in the store: computed once, whatever happens in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simworth.environment import worker_count
from simworth.errors import SimworthError
from simworth.features import describe, descriptor_store
from simworth.features.descriptor_store import KeptDescriptors
from simworth.features.registry import Featurizer, StructureVector
from tests.features.made_up import made_up, made_up_again

ROOT = Path(__file__).parents[2]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Structures that are computed in this process."""
    seen: list[str] = []
    outcome = Featurizer.outcome

    def counting(self: Featurizer, structure: str) -> StructureVector:
        seen.append(structure)
        return outcome(self, structure)

    monkeypatch.setattr(Featurizer, "outcome", counting)
    return seen


def test_a_release_that_adds_ten_computes_ten(counted: list[str], own_store: Path) -> None:
    old, new = [f"s{number}" for number in range(40)], [f"t{number}" for number in range(10)]
    describe(old, made_up)
    counted.clear()
    found = describe(new + old, made_up)
    assert sorted(counted) == sorted(new)
    assert found.computed == 10
    np.testing.assert_array_equal(found.values, made_up(new + old))


def test_another_version_computes_all_again(counted: list[str], own_store: Path) -> None:
    structures = ["one", "three"]
    describe(structures, made_up)
    counted.clear()
    np.testing.assert_array_equal(describe(structures, made_up_again).values[:, 0], [-3, -5])
    assert sorted(counted) == structures
    assert len(list((own_store / "descriptors").iterdir())) == 2


def test_failures_are_kept_with_their_reasons(counted: list[str], own_store: Path) -> None:
    structures = ["good", "bad", "worse", "bad"]
    first = describe(structures, made_up)
    counted.clear()
    again = describe(structures, made_up)
    assert not counted
    assert [(one.structure, one.reason) for one in again.failures] == [
        ("bad", "it is bad"),
        ("worse", "RuntimeError: it is worse"),
    ]
    assert first.failures == again.failures
    np.testing.assert_array_equal(np.isnan(again.values[:, 0]), [False, True, True, True])


def test_want_of_memory_is_not_kept(own_store: Path) -> None:
    with KeptDescriptors(own_store, made_up) as kept:
        kept.add([StructureVector("large", None, "MemoryError: "), StructureVector("odd", None, "it is odd")])
        assert list(kept.get(["large", "odd"])) == ["odd"]


def test_values_come_back_to_the_bit(own_store: Path) -> None:
    values = np.array([np.nextafter(1, 2), 5e-324])
    with KeptDescriptors(own_store, made_up) as kept:
        kept.add([StructureVector("exact", values)])
    with KeptDescriptors(own_store, made_up) as kept:
        vector = kept.get(["exact"])["exact"].vector
    assert vector is not None
    assert vector.tobytes() == values.tobytes()


def test_more_structures_than_one_query_takes(own_store: Path) -> None:
    structures = [f"structure {number}" for number in range(1234)]
    describe(structures, made_up)
    found = describe(structures, made_up)
    assert found.computed == 0
    np.testing.assert_array_equal(found.values, made_up(structures))


def test_processes_find_what_one_finds(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptor_store, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(descriptor_store, "WORTH_SECONDS", 0.0)
    monkeypatch.setattr(descriptor_store, "BATCH_SECONDS", 0.0)
    structures = [f"s{'x' * number}" for number in range(60)] + ["bad", "worse"]
    found = describe(structures, made_up, workers=2)
    np.testing.assert_array_equal(found.values, made_up(structures))
    assert len(found.failures) == 2
    assert describe(structures, made_up).computed == 0


def test_a_killed_worker_is_an_error_of_one_line(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptor_store, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(descriptor_store, "WORTH_SECONDS", 0.0)
    monkeypatch.setattr(descriptor_store, "BATCH_SECONDS", 0.0)
    with pytest.raises(SimworthError, match=r"worker process died.*deadly.*SIMWORTH_WORKERS=1"):
        describe(["fine", "deadly", "finer"], made_up, workers=2)
    assert describe(["fine", "finer"], made_up).computed == 0


def test_few_structures_start_no_processes(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("processes were started")

    monkeypatch.setattr(descriptor_store, "_together", never)
    describe([f"s{number}" for number in range(200)], made_up, workers=8)


SCRIPT = """
import sys
from tests.features.made_up import made_up
from simworth.features import describe
print("ready", flush=True)
print(describe([f"s{number}" for number in range(int(sys.argv[1]))], made_up, workers=1).computed)
"""


def run(store: Path, structures: int, seconds: float) -> subprocess.Popen[str]:
    environment = {**os.environ, "SIMWORTH_STORE": str(store), "SIMWORTH_TEST_SECONDS": str(seconds)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(structures)],
        env=environment,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_kill_loses_seconds_of_work_at_most(own_store: Path) -> None:
    process = run(own_store, 1000, 0.02)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    time.sleep(3 * descriptor_store.BATCH_SECONDS)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = describe([f"s{number}" for number in range(1000)], made_up)
    done = 1000 - kept.computed
    assert done >= descriptor_store.BATCH_SECONDS / 0.02 / 2
    assert np.isfinite(kept.values).all()


def test_two_at_once_do_not_disturb_each_other(own_store: Path) -> None:
    both = [run(own_store, 60, 0.01) for _ in range(2)]
    for process in both:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    structures = [f"s{number}" for number in range(60)]
    found = describe(structures, made_up)
    assert found.computed == 0
    np.testing.assert_array_equal(found.values, made_up(structures))


def test_a_damaged_store_says_what_to_do(own_store: Path) -> None:
    with KeptDescriptors(own_store, made_up) as kept:
        path = kept.path
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(SimworthError, match=r"is damaged.*delete the file"):
        describe(["one"], made_up)


def test_a_vector_of_another_length_is_damage(own_store: Path) -> None:
    describe(["one"], made_up)
    path = next((own_store / "descriptors").iterdir())
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE descriptor SET vector = x'00'")
    database.close()
    with pytest.raises(SimworthError, match=r"is damaged.*1 bytes for 2 columns"):
        describe(["one"], made_up)


def test_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMWORTH_WORKERS", "3")
    assert worker_count() == 3
    for wrong in ("0", "many", "-1"):
        monkeypatch.setenv("SIMWORTH_WORKERS", wrong)
        with pytest.raises(SimworthError, match=r"SIMWORTH_WORKERS: must be a number"):
            worker_count()
    monkeypatch.delenv("SIMWORTH_WORKERS")
    assert worker_count() >= 1
