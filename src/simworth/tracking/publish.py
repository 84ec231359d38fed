"""Send every task's valuation, trials and models to MLflow; what is there already is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simworth.config import Settings
from simworth.locks import one_at_a_time
from simworth.logs import event
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
from simworth.tracking.records import TaskContent
from simworth.tracking.sizes import Models, send_sizes
from simworth.tracking.times import timed

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

_WAIT: Final = 600.0
"""seconds to wait for another publisher"""


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
        with one_at_a_time(file, lambda holder: event("waiting for another publisher", holder=holder), _WAIT):
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
                content = timed(content, models.seconds)
                parents[task] = send_task(store, content, models, settings.tracking.models, outcome, advance)
        runs = store.close()
    write_receipt(file, replace(receipt, runs=runs or 0, tasks={**receipt.tasks, **wanted}, parents=parents))


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
    added += send_sizes(store, experiment, parent, content, models, mode, advance)
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
