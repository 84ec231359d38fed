"""Send every task's valuation, trials and models to MLflow; what is there already is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simworth.config import Settings
from simworth.data.records import QualityReport
from simworth.environment import store_root
from simworth.locks import one_at_a_time
from simworth.logs import event
from simworth.tracking.provenance import LedgerHead, ledger_heads, provenance
from simworth.tracking.receipt import (
    Paths,
    Receipt,
    StoreUnavailable,
    fingerprint,
    reachable,
    read_receipt,
    receipt_file,
    shown,
    still_there,
    takes_private_data,
    tracking_uri,
)
from simworth.tracking.records import TaskContent, experiment_tags
from simworth.tracking.runs import task_content
from simworth.tracking.sizes import Models, send_sizes, timed

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

_WAIT: Final = 600.0
"""seconds to wait for another publisher"""


@dataclass
class Published:
    """What publishing did."""

    uri: str
    added: dict[str, int] = field(default_factory=dict)
    """task -> runs that were not there"""
    registered: list[str] = field(default_factory=list)
    """'<model> version <version>' of models that were not there"""
    current: list[str] = field(default_factory=list)
    """the same of models that the alias `current` has moved to"""
    aggregates: list[str] = field(default_factory=list)
    """tasks of which aggregates alone were sent"""

    def lines(self) -> list[str]:
        """For people."""
        new = [f"MLflow: {task}: {runs} runs added" for task, runs in self.added.items() if runs]
        new += [f"MLflow: model {model} registered" for model in self.registered]
        new += [f"MLflow: model {model} is current" for model in self.current]
        if self.aggregates:
            new += [
                f"MLflow: {', '.join(self.aggregates)}: aggregates alone, since data may not be redistributed and the "
                "store is not named in SIMWORTH_PRIVATE_MLFLOW"
            ]
        return [*new, f"MLflow: store is {shown(self.uri)}"] if new else [f"MLflow: nothing new for {shown(self.uri)}"]


def publish(
    paths: Paths, settings: Settings, models: Models, advance: Callable[[int], object] = lambda _: None
) -> Published:
    """Send what the store does not have.

    Raises StoreUnavailable, a SimworthError of exit code 4, where the store cannot be used: nothing is lost, and the
    next call sends it. A call that was killed is completed by the next one.
    """
    uri = tracking_uri(paths.root)
    outcome = Published(uri)
    mode = settings.tracking.models
    heads, private = ledger_heads(paths.root, paths.ledger), takes_private_data(uri)
    closed = closed_databases(paths.quality, settings)
    wanted = {
        task: fingerprint(paths, task, mode, heads.get(task), private, sorted(closed))
        for task in settings.tasks
        if paths.summary(task).is_file()
    }
    file = receipt_file(store_root(), uri)
    receipt = read_receipt(file)
    if not still_there(uri, receipt):
        receipt = Receipt()
    new = {task: sent for task, sent in wanted.items() if receipt.tasks.get(task) != sent}
    if new:
        with one_at_a_time(file, lambda holder: event("waiting for another publisher", holder=holder), _WAIT):
            if why := reachable(uri):
                raise StoreUnavailable(uri, f"cannot be reached ({why})")
            where, restricted = provenance(paths.root), set() if private else closed
            contents = [task_content(paths, task, where, restricted) for task in new]
            sent = [timed(content, models.seconds) for content in contents if content is not None]

            from simworth.tracking.mlflow_store import Store, reported  # MLflow takes seconds to import

            with reported(uri):
                store = Store(uri, paths.root)
                parents = {one.task: send_task(store, one, heads, models, mode, outcome, advance) for one in sent}
                runs = store.close()
            Receipt(runs=runs, tasks=receipt.tasks | new, parents=receipt.parents | parents).write(file)
    return outcome


def closed_databases(quality: Path, settings: Settings) -> set[str]:
    """Databases that may not be redistributed, as a whole or by one of their selected releases."""
    closed = {name for name, database in settings.databases.items() if not database.redistribute}
    for name in settings.databases:
        file = quality / f"{name}.json"
        releases = QualityReport.read(file).releases.values() if file.is_file() else ()
        if not all(release.redistribute for release in releases):
            closed.add(name)
    return closed


def send_task(
    store: Store,
    content: TaskContent,
    heads: Mapping[str, LedgerHead],
    models: Models,
    mode: str,
    outcome: Published,
    advance: Callable[[int], object],
) -> str:
    """One task: trials, then the valuation with its sizes and its model; the valuation's run.

    The valuation's run ends last: while it is unfinished, so is the task.
    """
    from simworth.tracking.model_registry import register, set_current

    names = (f"{content.task}/trials", content.task)
    of_trials, experiment = (store.experiment(name, experiment_tags(name)) for name in names)
    added = store.send(of_trials, content.trials, content.valuation, advance)
    known = store.found(experiment)
    there = known.get(content.parent.key)
    if there is not None and there.finished:
        begun, parent = None, there.run_id
    else:
        begun = store.begin(experiment, content.parent, there)
        parent = begun.info.run_id
        store.log(begun, content.parent)
        store.log_datasets(parent, content.datasets)
        added += there is None
    advance(1)
    added += send_sizes(store, experiment, parent, content, models, mode, advance)
    if content.model is not None:
        record = models.record(content.model, content.task, content.valuation, content.model_digest)
        version, new = register(store, parent, record, content.valuation)
        store.client.set_tag(parent, "simworth.model_version", f"{version.name}/{version.version}")
        if new:
            outcome.registered.append(f"{version.name} version {version.version}")
    if begun:
        store.end(begun, content.parent)
    if current := set_current(store, content.task, heads.get(content.task)):
        outcome.current.append(f"{content.task} version {current}")
    outcome.added[content.task] = added
    if content.private:
        outcome.aggregates.append(content.task)
    return parent
