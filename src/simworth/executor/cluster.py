"""Pieces of work on a dask cluster: one of its own on this machine, or a running scheduler's.

Every worker is sent the data once and computes one piece at a time with one thread. Dask blames every piece that a
dead worker held, so those are tried again one by one, with nothing beside them.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, get_worker, wait
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.security import Security

from simworth.environment import Machine
from simworth.errors import SimworthError
from simworth.executor.jobs import Done, Job, Piece, Pool, WorkerDied, one_thread_each
from simworth.logs import event

CONNECT: Final = 30.0
"""seconds in which a scheduler must answer"""
PATIENCE: Final = 60.0
"""seconds without a finished piece after which the number of workers is checked"""
_LEAST: Final = 32
"""pieces handed in at least, so that a cluster that grows with its load sees one"""
_OWN: Final = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.admin.tick.limit": "1h",
    "distributed.deploy.lost-worker-timeout": "1h",
}
"""A piece whose worker died comes back to us at once. A worker may start slowly after a death: dask closes for good one
that is away 15 s later."""


_turn = threading.Lock()
"""held while a piece is computed"""


class _Job(WorkerPlugin):
    """A job on a worker, made ready before its first piece; dask sends it to each worker once, later ones included."""

    idempotent = True
    ready: ClassVar[Any] = None
    """the job for which this process is ready: another's pieces may have come in between"""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, content: Any) -> Any:
        """One piece; a worker of several threads waits for the piece before."""
        with _turn:
            if _Job.ready is not self:
                _Job.ready = None
                self._job.begin()
                _Job.ready = self
            return self._job.function(content)


def _on_worker(name: str, content: Any) -> Any:
    ready: Any = get_worker().plugins[name]
    return ready(content)


class DaskPool(Pool[Future]):
    """Workers of a dask cluster that have the job: a scheduler's, or processes of this machine for this job alone."""

    def __init__(self, job: Job, machine: Machine) -> None:
        super().__init__(job)
        self._machine = machine
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._client = stack.enter_context(_client(self._machine))
            self._name = stack.enter_context(_sent(self._client, _for_workers(self._client, self._job)))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stack.close()

    def run(self, work: Sequence[Any]) -> Iterator[Done]:
        """As Pool. A lost scheduler is a SimworthError: what ended before is the caller's."""
        try:
            yield from super().run(work)
        except OSError:  # errors of a piece are returned with it, so this is the connection's
            raise self._gone() from None

    def _gone(self) -> SimworthError:
        return SimworthError(
            f"dask scheduler {self._machine.dask_scheduler or 'of its own'}: disconnected; what has ended is kept, "
            "start it and run the same command to go on"
        )

    def _limit(self) -> int:
        return max(_LEAST, 2 * len(self._client.nthreads()))

    def _submit(self, piece: Piece) -> Future:
        index, content = piece
        return self._client.submit(
            _on_worker,
            self._name,
            content,
            key=f"{self._name}-{index}-{uuid.uuid4().hex[:8]}",
            pure=False,
            priority=-index,  # the first ones are the dearest
            resources=dict(self._machine.dask_resources or {}),
        )

    def _ended(self, futures: list[Future]) -> list[Future]:
        """As Pool; logged where the cluster has no workers."""
        while True:
            try:
                return list(wait(futures, timeout=PATIENCE, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                if not self._client.nthreads():
                    address = self._machine.dask_scheduler or "its own cluster"
                    event("waiting for dask workers: there are none", scheduler=address, remedy="start some")

    def _value(self, future: Future) -> Any:
        try:
            return future.result()
        except KilledWorker:
            raise WorkerDied from None
        except CancelledError:
            raise self._gone() from None


def _for_workers(client: Client, job: Job) -> Job:
    """By files where there are workers and all of them see those, else with the arguments sent."""
    answers = client.run(_sees, job.files, on_error="return").values() if job.files else [True]
    if answers and all(answer is True for answer in answers):
        return replace(job, elsewhere=())
    why = "not all workers see the store" if answers else "there are no workers yet"
    event("arrays are sent to every worker", reason=why)
    return replace(job, given=job.elsewhere, files=(), elsewhere=())


def _sees(files: tuple[Path, ...]) -> bool:
    return all(os.access(file, os.R_OK) for file in files)


@contextlib.contextmanager
def _sent(client: Client, job: Job) -> Iterator[str]:
    """The name of a job that every worker has, those that come later too."""
    name = f"simworth-{uuid.uuid4().hex[:12]}"
    client.register_plugin(_Job(job), name=name)
    try:
        yield name
    finally:
        with contextlib.suppress(OSError, ValueError):  # the scheduler is gone, and the plugin with it
            client.unregister_worker_plugin(name)


@contextlib.contextmanager
def _client(machine: Machine) -> Iterator[Client]:
    address = machine.dask_scheduler
    if not address:
        with _own(machine) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError) as error:
        raise SimworthError(
            f"dask scheduler {address}: cannot be reached ({' '.join(str(error).split())}); start it with "
            "`dask scheduler`, or unset SIMWORTH_DASK_SCHEDULER for a cluster of this machine's processes"
        ) from None
    with client:
        if not client.nthreads():
            event("waiting for dask workers: there are none", scheduler=address, remedy=f"dask worker {address}")
        yield client


@contextlib.contextmanager
def _own(machine: Machine) -> Iterator[LocalCluster]:
    """A cluster for this job alone: nobody else on the machine can speak to it."""
    with (
        one_thread_each(),
        dask.config.set(_OWN),
        tempfile.TemporaryDirectory(prefix="simworth-dask-", ignore_cleanup_errors=True) as scratch,
        LocalCluster(
            n_workers=machine.workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            local_directory=scratch,
            security=Security.temporary(),
            dashboard_address="127.0.0.1:0",
            memory_limit=0,  # as for local processes; a worker that dask pauses never goes on
            resources=dict(machine.dask_resources or {}),
            silence_logs=50,
        ) as cluster,
    ):
        yield cluster
