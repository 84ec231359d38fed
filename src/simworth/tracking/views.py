"""How MLflow's pages open: as model training, with the columns that people look for behind one link."""

from __future__ import annotations

import json
from typing import Final

VIEW: Final = "simworth"
"""name of the view in an address: .../runs?viewStateShareKey=simworth"""
_KIND: Final = {"mlflow.experimentKind": "custom_model_development"}
"""the page of an experiment without it opens on traces of language models"""
_VALUATIONS: Final = (
    "metrics.mae_at_n_max metrics.mae metrics.D metrics.alpha metrics.C params.n params.m tags.simworth.verdict"
)
_TRIALS: Final = "params.learning params.n params.m params.trial metrics.mae metrics.rmse metrics.r2"
_CANDIDATES: Final = "metrics.objective params.learning_rate params.hidden params.batch_size"


def experiment_tags(name: str) -> dict[str, str]:
    """Tags of the experiment `<task>`, `<task>/trials` or `<task>/tuning`."""
    task, _, kind = name.partition("/")
    columns = {"": _VALUATIONS, "trials": _TRIALS, "tuning": _CANDIDATES}[kind]
    what = {
        "": f"Valuations of {task}: one run each, with a run per number of simulations n below it.",
        "trials": f"Every trial of {task}.",
        "tuning": f"Settings that `simworth tune {task}` tried.",
    }[kind]
    order = {"": ("attributes-`Created`", False), "trials": ("metrics-`mae`", True)}.get(
        kind, ("metrics-`objective`", True)
    )
    shown = ["attributes-`Duration`", *(_column(one) for one in columns.split())]
    view = {"selectedColumns": shown, "orderByKey": order[0], "orderByAsc": order[1], "viewMaximized": False}
    return {**_KIND, f"mlflow.sharedViewState.{VIEW}": json.dumps(view), "mlflow.note.content": what}


def view_address(store: str, experiment_id: str) -> str:
    """Of an experiment's table with these columns, on a server."""
    return f"{store.rstrip('/')}/#/experiments/{experiment_id}/runs?viewStateShareKey={VIEW}"


def _column(name: str) -> str:
    """metrics.mae -> metrics-`mae`, as MLflow's page calls a column."""
    kind, _, key = name.partition(".")
    return f"{kind}-`{key}`"
