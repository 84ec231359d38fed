"""Candidates of a tuning study as runs of the experiment `<task>/tuning`; a store that is down is reported once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simworth.errors import SimworthError
from simworth.tracking.receipt import reachable, shown, takes_private_data, tracking_uri
from simworth.tracking.records import Metric, RunRecord, experiment_tags

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store


@dataclass
class CandidateLog:
    """Sends what the store does not have; after a failure it is quiet until asked for the rest."""

    root: Path
    """project folder"""
    task: str
    private: bool = False
    """whether its data may not be redistributed: an open store is not told why a candidate failed"""
    why: str = ""
    """why the store cannot be used, '' while it can"""
    _waiting: dict[str, RunRecord] = field(default_factory=dict)
    _store: Store | None = None

    def send(
        self, study: str, number: int, settings: Mapping[str, object], errors: Sequence[float], reason: str
    ) -> None:
        """One more candidate of a study, which waits where the store is down: its settings, the (trials,) errors behind
        its objective (none: it failed), and why it failed."""
        steps = [Metric("trial_mae", error, step) for step, error in enumerate(errors)]
        objective = [Metric("objective", sum(errors) / len(errors))] if errors else []
        tags = {"simworth.kind": "candidate", "simworth.study": study}
        if self.private and not takes_private_data(tracking_uri(self.root)):
            reason = ""  # it may name a structure
        record = RunRecord(
            key=f"{study}/{number}",
            name=f"candidate {number}",
            params={"task": self.task, "candidate": str(number)} | {name: str(one) for name, one in settings.items()},
            metrics=(*objective, *steps),
            tags=tags | ({"simworth.reason": reason} if reason else {}),
            failed=not errors,
        )
        self._waiting[record.key] = record
        if not self.why:
            self.flush()

    def flush(self) -> str:
        """Send all that waits; '' or why that was not possible."""
        self.why = ""
        try:
            self._flush()
        except SimworthError as error:
            self.why = str(error).partition("; all results")[0]  # `publish` does not send candidates, we do
        return self.why

    def _flush(self) -> None:
        from simworth.tracking.mlflow_store import Store, reported
        from simworth.tracking.provenance import provenance

        uri = tracking_uri(self.root)
        down = reachable(uri)
        if down:
            raise SimworthError(f"MLflow store {shown(uri)}: cannot be reached ({down})")
        with reported(uri):
            self._store = self._store or Store(uri, self.root)
            name, origin = f"{self.task}/tuning", provenance(self.root).tags()
            experiment = self._store.experiment(name, experiment_tags(name))
            self._store.send(experiment, [replace(one, tags=origin | one.tags) for one in self._waiting.values()])
            self._waiting.clear()
