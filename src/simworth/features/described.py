"""Descriptors of many structures: from the store where known, else computed, kept as they come.

One process begins; the rate it finds decides whether others are started, on this machine or a dask cluster. Which
process describes a structure changes nothing about its outcome.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from simworth import executor
from simworth.environment import Machine, machine, store_root, worker_count
from simworth.errors import SimworthError
from simworth.executor import Job
from simworth.features.kept import KeptDescriptors
from simworth.features.registry import Described, Featurizer, Outcome, collect, get_featurizer
from simworth.terminal import bar

BATCH_SECONDS: Final = 1.0
"""how much work may be lost by a kill, per process"""
ALONE_SECONDS: Final = 3.0
"""how long one process works before others are thought of"""
WORTH_SECONDS: Final = 10.0
"""work left that is worth starting processes, each of which loads the chemistry anew"""
_LARGEST_BATCH: Final = 500

_worker: dict[str, Featurizer] = {}
"""the featurizer of this process"""


def describe(
    structures: Sequence[str],
    featurizer: Featurizer | str,
    store: Path | None = None,
    workers: int | None = None,
) -> Described:
    """Descriptors of structures, in order; only those new to the store are computed.

    `store` is the store's folder (default `store_root()`), `workers` the number of processes (default
    SIMWORTH_WORKERS, else the number of cores). What is finished is kept at once, so that a kill loses seconds.
    """
    if isinstance(featurizer, str):
        featurizer = get_featurizer(featurizer)
    wanted = list(dict.fromkeys(structures))
    here = replace(machine(), workers=workers or worker_count())
    with KeptDescriptors(store or store_root(), featurizer) as kept:
        found = kept.get(wanted)
        new = [structure for structure in wanted if structure not in found]
        with bar(f"describe {featurizer.name}", len(new), "structures") as shown:
            for outcomes in _outcomes(new, featurizer, here):
                kept.add(outcomes)
                found.update((one.structure, one) for one in outcomes)
                shown.advance(len(outcomes))
    return collect(structures, featurizer, [found[structure] for structure in wanted], computed=len(new))


def _outcomes(structures: Sequence[str], featurizer: Featurizer, here: Machine) -> Iterator[list[Outcome]]:
    """Outcomes of distinct structures in batches of about a second's work, in whatever order they come."""
    begin, done = time.perf_counter(), 0
    for batch in _alone(structures, featurizer):
        done += len(batch)
        yield batch
        spent = time.perf_counter() - begin
        left = spent / done * (len(structures) - done)
        if (here.workers > 1 or here.executor == "dask") and spent > ALONE_SECONDS and left > WORTH_SECONDS:
            size = max(1, min(_LARGEST_BATCH, int(done / spent * BATCH_SECONDS)))
            yield from _together(structures[done:], featurizer, here, size)
            return


def _alone(structures: Sequence[str], featurizer: Featurizer) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    begin = time.perf_counter()
    for structure in structures:
        batch.append(featurizer.outcome(structure))
        if time.perf_counter() - begin > BATCH_SECONDS:
            yield batch
            batch, begin = [], time.perf_counter()
    if batch:
        yield batch


def _together(structures: Sequence[str], featurizer: Featurizer, here: Machine, size: int) -> Iterator[list[Outcome]]:
    """In batches of `size`; SimworthError, when all others have ended, where a batch kills its worker even alone."""
    work = [structures[start : start + size] for start in range(0, len(structures), size)]
    lost = ""
    for done in executor.run(Job(_describe, _setup, (featurizer,)), work, here):
        if done.error:
            lost = f"{done.error}, with {work[done.index][0]} or one of the {len(work[done.index]) - 1} after it"
        else:
            yield done.value
    if lost:
        raise SimworthError(
            f"featurizer {featurizer.name}: {lost}; finished descriptors are kept: run again, with "
            "SIMWORTH_WORKERS=1 if it happens again"
        )


def _setup(featurizer: Featurizer) -> None:
    _worker["featurizer"] = featurizer


def _describe(structures: Sequence[str]) -> list[Outcome]:
    return [_worker["featurizer"].outcome(structure) for structure in structures]
