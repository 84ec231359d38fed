"""Sweeps on a real dask cluster of two worker processes: the same bytes as here, and a dead worker costs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster, Nanny
from distributed.security import Security

from simworth import registry
from simworth.cli import main
from simworth.environment import Machine
from simworth.errors import SimworthError
from simworth.executor import Job, cluster, run
from simworth.features import describe, descriptor_store
from simworth.sweep import input_table
from simworth.sweep import run as sweep_run
from simworth.sweep.metrics import METRICS
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.tables import trial_table
from simworth.tuning import inner
from simworth.tuning.inner import Evaluator
from tests.executor.test_local import nothing, setup, work
from tests.extend.pages import write_files
from tests.faults import dying, light
from tests.faults.lab import made
from tests.features.made_up import made_up
from tests.sweep.planted import settings, task_data

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # sockets of workers that were killed


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a running scheduler with two workers, one of which has a GPU, as it says."""
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"}),
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50
        ) as two,
    ):
        options = {**two.new_worker_spec()[1]["options"], "resources": {"GPU": 1}}
        two.worker_spec["gpu"] = {"cls": Nanny, "options": options}
        two.sync(two._correct_state)
        with Client(two) as client:
            client.wait_for_workers(2, timeout=120)
        yield two.scheduler_address


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
    monkeypatch.setattr(sweep_run, "_work", dying.once_killed)
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
    done = {one.index: one for one in run(Job(work, setup, (str(tmp_path),)), range(6), machine)}
    assert [done[k].value for k in (0, 1, 2, 4, 5)] == [0, 1, 4, 16, 25]
    assert done[3].error == "ValueError: three and more"


def test_data_is_sent_once_and_threads_are_pinned(scheduler: str, tmp_path: Path) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler)
    light.Counted.packed = 0
    job = Job(light.which, light.ready, (str(tmp_path), light.Counted()))
    values = [done.value for done in run(job, range(40), machine)]
    assert light.Counted.packed == 1, "packed once, and each worker is sent that"
    processes = {process for process, _, _ in values}
    assert {path.name for path in tmp_path.glob("ready-*")} == {f"ready-{process}" for process in processes}
    assert {path.read_text() for path in tmp_path.glob("ready-*")} == {"x"}, "made ready once"
    assert {threads for _, threads, _ in values} == {1}
    assert all(set(pins.values()) == {"1"} for _, _, pins in values)


def test_what_is_for_those_who_see_no_files_is_not_sent_to_others(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    job = Job(light.slow, light.ready, (str(tmp_path), None), (tmp_path / "file",), (str(tmp_path), light.Counted()))
    for machine in (Machine(2), Machine(1, executor="dask", dask_scheduler=scheduler)):
        light.Counted.packed = 0
        assert sorted(done.value for done in run(job, range(4), machine)) == [0, 1, 2, 3]
        assert light.Counted.packed == 0
    (tmp_path / "file").unlink()
    assert sorted(done.value for done in run(job, range(4), machine)) == [0, 1, 2, 3]
    assert light.Counted.packed == 1


def test_two_jobs_that_share_a_worker_do_not_mix(scheduler: str, tmp_path: Path) -> None:
    """Two sweeps on one scheduler: a worker is made ready anew where the other's pieces came in between."""
    machine = Machine(1, executor="dask", dask_scheduler=scheduler, dask_resources={"GPU": 1})
    jobs = [Job(work_of_its_own, ready_for, (name,)) for name in "ab"]
    with cluster.DaskPool(jobs[0], machine) as first, cluster.DaskPool(jobs[1], machine) as second:
        found = [next(iter(pool.run([None]))).value for pool in (first, second, first, first, second)]
    assert found == list("abaab")


_own = []


def ready_for(name: str) -> None:
    _own[:] = [name]


def work_of_its_own(_: None) -> str:
    return _own[0]


def test_units_go_to_workers_with_the_resource(scheduler: str, tmp_path: Path) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler, dask_resources={"GPU": 1})
    done = list(run(Job(light.which, light.ready, (str(tmp_path), None)), range(20), machine))
    assert len({one.value[0] for one in done}) == 1


def test_a_worker_with_other_libraries_is_refused(scheduler: str) -> None:
    machine = Machine(1, executor="dask", dask_scheduler=scheduler)
    with pytest.raises(SimworthError, match="of another version"):
        list(run(Job(light.which, light.other_versions, ()), range(2), machine))


def test_workers_need_no_file_of_the_projects_modules(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(METRICS, "_members", dict(METRICS._members))
    monkeypatch.setattr(registry, "_modules", {})
    write_files("extend/metric.md", tmp_path)
    (file,) = (tmp_path / "extensions").glob("*.py")
    registry.load_modules([f"extensions/{file.name}"], tmp_path)
    file.unlink()  # as on a machine without the project
    for machine in (Machine(2), Machine(1, executor="dask", dask_scheduler=scheduler)):
        assert [done.value for done in run(Job(knows, nothing, ()), ["within_tenth"] * 2, machine)] == [True] * 2


def knows(metric: str) -> bool:
    return METRICS.known(metric)


def known() -> list[str]:
    """On a worker: what it has been made ready for."""
    return [*descriptor_store._worker, *map(str, inner._worker)]


def test_descriptors_and_candidates_are_computed_on_the_cluster(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as here; a worker that dies of a structure takes no other with it."""
    data, task = task_data(simulated=90), settings(max_epochs=2, hidden=[8]).tasks["density"]
    with Evaluator("density", task, 11, {task.descriptors: data}) as evaluate:
        here = evaluate(task, range(4), 60)
    monkeypatch.setenv("SIMWORTH_DASK_SCHEDULER", scheduler)
    for name in ("ALONE_SECONDS", "WORTH_SECONDS", "BATCH_SECONDS"):
        monkeypatch.setattr(descriptor_store, name, 0.0)
    structures = [f"s{'x' * number}" for number in range(20)]
    with pytest.raises(SimworthError, match=r"worker process died.*deadly"):
        describe([*structures, "deadly", "last"], made_up, tmp_path)
    found = describe([*structures, "last"], made_up, tmp_path)
    assert found.computed == 0
    assert np.array_equal(found.values, made_up([*structures, "last"]))
    with Evaluator("density", task, 11, {task.descriptors: data}) as evaluate:
        assert evaluate(task, range(4), 60) == here
    with Client(scheduler) as client:
        assert any(str(task.descriptors) in one for one in client.run(known).values())


def test_large_inputs_are_mapped_where_all_workers_see_them(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep finds the same whether its inputs are mapped or, to workers that do not see the store, sent."""
    given, data = settings(max_epochs=2), task_data(simulated=90)
    shards = plan(given.tasks["density"], data).shards

    def swept(name: str) -> pd.DataFrame:
        return trial_table(Sweeper(given, "density", data, tmp_path / name).run(shards), 10)

    here = swept("here")
    monkeypatch.setenv("SIMWORTH_DASK_SCHEDULER", scheduler)
    monkeypatch.setattr(input_table, "LARGE", 0)
    pd.testing.assert_frame_equal(swept("mapped"), here)
    with Client(scheduler) as client:
        assert any(client.run(maps_inputs).values())
    events: list[str] = []
    monkeypatch.setattr(cluster, "event", lambda name, **_: events.append(name))
    pd.testing.assert_frame_equal(swept("mapped again"), here)
    assert events == []
    monkeypatch.setattr(cluster, "_sees", lambda _: False)
    pd.testing.assert_frame_equal(swept("sent"), here)
    assert events == ["arrays are sent to every worker"]


def maps_inputs() -> bool:
    """On a worker."""
    return any("inputs.npy" in one.path for one in psutil.Process().memory_maps())


def test_its_own_cluster_is_for_this_machine_and_this_job_alone(tmp_path: Path) -> None:
    """It listens on 127.0.0.1, and speaks to nobody who lacks the certificate made for it."""
    with cluster.DaskPool(Job(light.which, light.ready, (str(tmp_path), None)), Machine(1, executor="dask")) as own:
        addresses = [own._client.scheduler.address, *own._client.scheduler_info()["workers"]]
        assert len(addresses) == 2 and all(one.startswith("tls://127.0.0.1:") for one in addresses)
        here = psutil.Process()
        sockets = [one for process in (here, *here.children(recursive=True)) for one in process.net_connections("inet")]
        assert {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        for address, security in (
            (addresses[0], Security.temporary()),
            (addresses[0].replace("tls:", "tcp:"), None),
        ):
            with pytest.raises(OSError):
                Client(address, security=security, timeout=3)
        assert [one.index for one in own.run([1, 2])] == [0, 1]


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    machine = Machine(1, executor="dask", dask_scheduler="tcp://127.0.0.1:9")
    with pytest.raises(SimworthError, match=r"127\.0\.0\.1:9: cannot be reached .* unset SIMWORTH_DASK_SCHEDULER"):
        list(run(Job(light.which, light.ready, ("", None)), range(2), machine))


def test_a_scheduler_that_goes_away_ends_the_sweep_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had ended before is the caller's: a sweep has kept it."""
    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "memory_limit": 0, "silence_logs": 50}
    own = LocalCluster(n_workers=1, **options)
    machine = Machine(1, executor="dask", dask_scheduler=own.scheduler_address)
    ended = []
    monkeypatch.setattr(cluster, "CONNECT", 2.0)
    with pytest.raises(SimworthError, match="disconnected; what has ended is kept"):
        for one in run(Job(light.slow, light.ready, (str(tmp_path), None)), range(200), machine):
            ended.append(one.index)
            if len(ended) == 2:
                own.close()
    assert ended[:2] == [0, 1]
