"""Send every task's valuation, trials and models to MLflow; what is there already is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from filelock import FileLock, Timeout

from simworth.config import Settings
from simworth.errors import SimworthError
from simworth.store import store_root
from simworth.tracking.files import Paths, fingerprint
from simworth.tracking.receipt import (
    Receipt,
    reachable,
    read_receipt,
    receipt_file,
    still_there,
    tracking_uri,
    write_receipt,
)
from simworth.tracking.records import ModelRecord, SizeRecord, TaskContent

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

AUTO_BYTES: Final = 2_000_000_000
"""weights of a task up to which `tracking.models: auto` keeps every trial's"""
_WAIT: Final = 600.0
"""seconds to wait for another publisher"""

Blocks = Sequence[Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Models:
    """How weights and ensembles are got at; tracking itself knows neither the store of units nor the networks."""

    weights: Callable[[Sequence[str]], Blocks | None]
    """digests of a size's work units -> weights, one mapping a unit; None where this machine lacks one"""
    file: Callable[[Blocks, Sequence[int], Mapping[str, Any]], bytes]
    """(weights, trials to keep, what they are) -> content of a file"""
    record: Callable[[Path, str, str, str], ModelRecord]
    """(folder of an ensemble, task, valuation, digest) -> the model to register"""


@dataclass
class Outcome:
    """What publishing did."""

    uri: str
    added: dict[str, int] = field(default_factory=dict)
    """task -> runs that were not there"""
    registered: list[str] = field(default_factory=list)
    """'<model> version <version>' of models that were not there"""
    waiting: list[str] = field(default_factory=list)
    """tasks that have nothing to send"""

    def lines(self) -> list[str]:
        """For people."""
        new = [f"MLflow: {task}: {runs} runs added" for task, runs in self.added.items() if runs]
        new += [f"MLflow: model {model} registered" for model in self.registered]
        return [*new, f"MLflow: store is {self.uri}"] if new else [f"MLflow: nothing new for {self.uri}"]


def publish(
    paths: Paths, settings: Settings, models: Models, advance: Callable[[int], object] = lambda _: None
) -> Outcome:
    """Send what the store does not have.

    Raises StoreUnavailable, a SimworthError of exit code 4, where the store cannot be used: nothing is lost, and the
    next call sends it. A call that was killed is completed by the next one.
    """
    uri = tracking_uri(paths.root)
    outcome = Outcome(uri)
    mode = settings.tracking.models
    wanted = {task: fingerprint(paths, task, mode) for task in settings.tasks if paths.summary(task).is_file()}
    file = receipt_file(store_root(), uri)
    receipt = read_receipt(file)
    if not still_there(uri, receipt):
        receipt = Receipt()
    new = [task for task, sent in wanted.items() if receipt.tasks.get(task) != sent]
    if new:
        with _alone(file):
            _send(paths, settings, models, outcome, {task: wanted[task] for task in new}, receipt, file, advance)
    return outcome


def _send(
    paths: Paths,
    settings: Settings,
    models: Models,
    outcome: Outcome,
    wanted: Mapping[str, str],
    receipt: Receipt,
    file: Path,
    advance: Callable[[int], object],
) -> None:
    from simworth.tracking.content import task_content
    from simworth.tracking.mlflow_store import Store, StoreUnavailable, reported
    from simworth.tracking.provenance import provenance

    why = reachable(outcome.uri)
    if why:
        raise StoreUnavailable(
            f"MLflow store {outcome.uri}: cannot be reached ({why}); "
            "all results are kept here, `simworth publish` sends them later"
        )
    where = provenance(paths.root)
    contents = {task: task_content(paths, task, where) for task in wanted}
    outcome.waiting = [task for task, content in contents.items() if content is None]
    parents = dict(receipt.parents)
    with reported(outcome.uri):
        store = Store(outcome.uri, paths.root)
        for task, content in contents.items():
            if content is not None:
                parents[task] = send_task(store, content, models, settings.tracking.models, outcome, advance)
        runs = store.close()
    write_receipt(file, replace(receipt, runs=runs or 0, tasks={**receipt.tasks, **wanted}, parents=parents))


class _alone:
    """One publisher at a time for one store."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(file.with_suffix(".lock"), timeout=_WAIT)

    def __enter__(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise SimworthError(
                f"publish: another one has been at work for {_WAIT:.0f} s; try again when it is done"
            ) from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def send_task(
    store: Store,
    content: TaskContent,
    models: Models,
    mode: str,
    outcome: Outcome,
    advance: Callable[[int], object],
) -> str:
    """One task: trials, then the valuation with its sizes and its model; the valuation's run.

    The valuation's run ends last: while it is unfinished, so is the task.
    """
    added = store.send(store.experiment(f"{content.task}/trials"), content.trials, content.valuation, advance)
    experiment = store.experiment(content.task)
    known = store.found(experiment)
    there = known.get(content.parent.key)
    begun = None
    if there is None or not there.finished:
        begun = store.begin(experiment, content.parent, there)
        store.log(begun, content.parent)
        store.log_datasets(begun.run_id, content.datasets)
        added += there is None
    parent = begun.run_id if begun else there.run_id  # type: ignore[union-attr]
    advance(1)
    added += _send_sizes(store, experiment, parent, content, models, mode, advance)
    if content.model is not None:
        record = models.record(content.model, content.task, content.valuation, content.model_digest)
        version = store.register(parent, record)
        store.set_tag(parent, "simworth.model_version", f"{version.name}/{version.version}")
        if version.new:
            outcome.registered.append(f"{version.name} version {version.version}")
    if begun:
        store.end(begun, content.parent)
    outcome.added[content.task] = added
    return parent


def _send_sizes(
    store: Store,
    experiment: str,
    parent: str,
    content: TaskContent,
    models: Models,
    mode: str,
    advance: Callable[[int], object],
) -> int:
    known = store.found(experiment)
    added, keep_all = 0, None
    for size in content.sizes:
        there = known.get(size.run.key)
        if there is None or not there.finished:
            blocks = models.weights(size.units) if size.units and size.best is not None else None
            if keep_all is None and blocks is not None:
                keep_all = _keep_all(mode, blocks, content.sizes)
            begun = store.begin(experiment, size.run, there, parent)
            store.log(begun, size.run)
            _send_weights(store, begun.run_id, size, blocks, models, bool(keep_all))
            store.end(begun, size.run)
            added += there is None
        advance(1)
    return added


def _keep_all(mode: str, blocks: Blocks, sizes: Sequence[SizeRecord]) -> bool:
    """Whether every trial's weights are kept, judged by one size's."""
    if mode != "auto":
        return mode == "all"
    rows = sum(len(next(iter(block.values()))) for block in blocks)
    each = sum(array.nbytes for block in blocks for array in block.values()) / rows
    return each * sum(len(size.trials) for size in sizes) <= AUTO_BYTES


def _send_weights(
    store: Store, run_id: str, size: SizeRecord, blocks: Blocks | None, models: Models, keep_all: bool
) -> None:
    if blocks is None or size.best is None:
        store.set_tag(run_id, "simworth.models", "none: the weights are not in this machine's store of work units")
        return
    trials = list(size.trials) if keep_all else [size.best]
    about = {name: size.run.params[name] for name in ("task", "learning", "n", "m")}
    name = f"{about['learning']}-n{about['n']}-m{about['m']}.safetensors"
    store.log_file(run_id, name, models.file(blocks, trials, about))
    store.set_tag(run_id, "simworth.models", f"{len(trials)} trials" if keep_all else f"trial {size.best}, the best")
