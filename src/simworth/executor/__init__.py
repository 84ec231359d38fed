"""One pool for features, sweeps and tuning: processes of this machine or of a dask cluster, as the machine says.

A piece that fails, or whose worker dies, is tried again alone, so that it takes no other piece with it. A
SimworthError is no piece's failure: it is raised.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from simworth.environment import Machine
from simworth.errors import SimworthError
from simworth.executor.jobs import Done, Job, Pool
from simworth.executor.local import LocalPool
from simworth.logs import event

__all__ = ["Done", "Job", "Pool", "pool_of", "run"]


def pool_of(job: Job, machine: Machine) -> Pool:
    """A context in which `run(work)` may be called again and again, while the workers stay."""
    if machine.executor == "local":
        return LocalPool(replace(job, elsewhere=()), machine.workers)
    try:
        from simworth.executor.cluster import DaskPool  # dask is an extra
    except ModuleNotFoundError as error:
        raise SimworthError(
            f"executor 'dask': needs a package that is not here ({error.name}); pip install 'simworth[dask]', "
            "or unset SIMWORTH_EXECUTOR"
        ) from None
    return DaskPool(job, machine)


def run(job: Job, work: Sequence[Any], machine: Machine) -> Generator[Done, None, None]:
    """Yield each piece as it ends."""
    if not work:
        return
    event("computing", pieces=len(work), executor=machine.executor, workers=machine.workers,
          scheduler=machine.dask_scheduler)  # fmt: skip
    with pool_of(job, machine) as pool:
        yield from pool.run(work)
