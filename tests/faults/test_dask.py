"""Sweeps on a real dask cluster of two worker processes: the same bytes as here, and a dead worker costs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster, Nanny

from simworth.cli import main
from simworth.errors import SimworthError
from simworth.processes import Machine
from simworth.sweep import dask_pool, run
from simworth.sweep.dask_pool import run_on_dask
from simworth.sweep.executor import Job
from tests.faults import dying, light
from tests.faults.lab import made
from tests.sweep.test_executor import setup, work

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # sockets of workers that were killed


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a running scheduler with two workers, one of which has a GPU, as it says."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50
    ) as cluster:
        options = {**cluster.new_worker_spec()[1]["options"], "resources": {"GPU": 1}}
        cluster.worker_spec["gpu"] = {"cls": Nanny, "options": options}
        cluster.sync(cluster._correct_state)
        with Client(cluster) as client:
            client.wait_for_workers(2, timeout=120)
        yield cluster.scheduler_address


def test_a_worker_killed_in_mid_sweep_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cluster of its own; tables as those of one local process."""
    local = made(tmp_path, epochs=3, trials=10)
    monkeypatch.setenv("SIMWORTH_STORE", str(local.store))
    assert main(local.command) == 0
    remote = local.apart("dask")
    monkeypatch.setenv(dying.PLACE, str(tmp_path))
    monkeypatch.setenv("SIMWORTH_STORE", str(remote.store))
    monkeypatch.setenv("SIMWORTH_EXECUTOR", "dask")
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    monkeypatch.setattr(run, "_work", dying.once_killed)
    monkeypatch.setenv("SIMWORTH_LOG_FILE", str(remote.log))
    assert main(remote.command) == 0
    assert (tmp_path / "killed").exists()
    assert remote.tables == local.tables
    assert len({one["worker"] for one in remote.events("shards kept")}) >= 2
    assert f"{os.getpid()}@" not in "".join(one["worker"] for one in remote.events("shards kept"))
    assert remote.events("computing")[0]["executor"] == "dask"


def test_what_fails_and_what_dies_is_told_apart(scheduler: str, tmp_path: Path) -> None:
    """The same demands as on local processes; here the scheduler itself retries a dead worker's pieces, too."""
    machine = Machine(1, executor="dask", dask_scheduler=scheduler)
    done = {one.index: one for one in run_on_dask(Job(work, setup, (str(tmp_path),)), range(6), machine)}
    assert [done[k].value for k in (0, 1, 2, 4, 5)] == [0, 1, 4, 16, 25]
    assert done[3].error == "ValueError: three and more"


def test_data_is_sent_once_and_threads_are_pinned(scheduler: str, tmp_path: Path) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler)
    light.Counted.packed = 0
    job = Job(light.which, light.ready, (str(tmp_path), light.Counted()))
    values = [done.value for done in run_on_dask(job, range(40), machine)]
    assert light.Counted.packed == 1, "packed once, and each worker is sent that"
    processes = {process for process, _, _ in values}
    assert {path.name for path in tmp_path.glob("ready-*")} == {f"ready-{process}" for process in processes}
    assert {path.read_text() for path in tmp_path.glob("ready-*")} == {"x"}, "made ready once"
    assert {threads for _, threads, _ in values} == {1}
    assert all(set(pins.values()) == {"1"} for _, _, pins in values)


def test_units_go_to_workers_with_the_resource(scheduler: str, tmp_path: Path) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler, dask_resources={"GPU": 1})
    done = list(run_on_dask(Job(light.which, light.ready, (str(tmp_path), None)), range(20), machine))
    assert len({one.value[0] for one in done}) == 1


def test_a_worker_with_other_libraries_is_refused(scheduler: str) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler)
    with pytest.raises(SimworthError, match="of another version"):
        list(run_on_dask(Job(light.which, light.other_versions, ()), range(2), machine))


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT", 0.5)
    machine = Machine(1, executor="dask", dask_scheduler="tcp://127.0.0.1:9")
    with pytest.raises(SimworthError, match=r"127\.0\.0\.1:9: cannot be reached .* unset SIMWORTH_DASK_SCHEDULER"):
        list(run_on_dask(Job(light.which, light.ready, ("", None)), range(2), machine))


def test_a_scheduler_that_goes_away_ends_the_sweep_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had ended before is the caller's: a sweep has kept it."""
    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "memory_limit": 0, "silence_logs": 50}
    cluster = LocalCluster(n_workers=1, **options)
    machine = Machine(1, executor="dask", dask_scheduler=cluster.scheduler_address)
    ended = []
    monkeypatch.setattr(dask_pool, "CONNECT", 2.0)
    with pytest.raises(SimworthError, match="went away; finished shards are kept"):
        for one in run_on_dask(Job(light.slow, light.ready, (str(tmp_path), None)), range(200), machine):
            ended.append(one.index)
            if len(ended) == 2:
                cluster.close()
    assert ended[:2] == [0, 1]
