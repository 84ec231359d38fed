"""Descriptors of many structures: from the store where known, else computed, kept as they come."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tqdm import tqdm

from simworth.features.kept import KeptDescriptors
from simworth.features.parallel import outcomes_of
from simworth.features.registry import Described, Featurizer, collect, get_featurizer
from simworth.processes import worker_count
from simworth.store import store_root

_LOG_EVERY: Final = 30.0
"""seconds between lines of progress where there is no terminal"""


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
    with KeptDescriptors(store or store_root(), featurizer) as kept:
        found = kept.get(wanted)
        new = [structure for structure in wanted if structure not in found]
        with _progress(featurizer.name, len(new)) as bar:
            for outcomes in outcomes_of(new, featurizer, workers or worker_count()):
                kept.add(outcomes)
                found.update((one.structure, one) for one in outcomes)
                bar.update(len(outcomes))
    return collect(structures, featurizer, [found[structure] for structure in wanted], computed=len(new))


def _progress(name: str, total: int) -> tqdm:
    """A bar on a terminal; elsewhere a line now and then, if it takes long at all."""
    pace = 0.5 if sys.stderr.isatty() else _LOG_EVERY
    return tqdm(total=total, desc=f"describe {name}", unit=" structures", delay=pace, mininterval=pace)
