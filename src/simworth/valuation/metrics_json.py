"""reports/metrics.json: a valuation in ten values a task, for `dvc metrics diff` and `dvc exp show`."""

from __future__ import annotations

from pydantic import model_serializer, model_validator

from simworth.records import Record
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Valuation, Valued


class TaskMetrics(Record):
    """A task in ten values, for `dvc metrics diff` and `dvc exp show`."""

    n_max: int
    m: int
    trials: int
    mae_at_n_max: float
    direct_mae: float | None
    D: float
    alpha: float
    C: float
    gain_of_doubling: float | None
    """relative fall of the error from n_max to 2 n_max"""
    verdict: str


class Metrics(Record):
    """reports/metrics.json: task -> its ten values; tasks without a law are left out."""

    tasks: dict[str, TaskMetrics]

    @model_validator(mode="before")
    @classmethod
    def _of_tasks(cls, content: object) -> object:
        return content if isinstance(content, dict) and set(content) == {"tasks"} else {"tasks": content}

    @model_serializer
    def _tasks_alone(self) -> dict[str, TaskMetrics]:
        return self.tasks


def metrics_of(valuation: Valuation) -> Metrics:
    """Ten values of every task that has a law."""
    return Metrics(tasks={name: _metrics(one) for name, one in valuation.tasks.items() if isinstance(one, Valued)})


def _metrics(entry: Valued) -> TaskMetrics:
    law = {name: float(entry.law[name].value) for name in STUDY_LAW}
    return TaskMetrics(
        **law,
        n_max=entry.n_max,
        m=entry.m,
        trials=entry.trials,
        mae_at_n_max=entry.mae_at_n_max,
        direct_mae=entry.direct_mae,
        gain_of_doubling=None if entry.gain is None else float(entry.gain.x2.value),
        verdict=entry.verdict,
    )
