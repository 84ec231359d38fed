"""Ensembles as registered models of MLflow, and the alias of the one that counts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import mlflow
import pandas as pd
from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema
from sqlalchemy.exc import SQLAlchemyError

from simworth.errors import SimworthError
from simworth.tracking.mlflow_store import Store, tracking_to
from simworth.tracking.provenance import LedgerHead
from simworth.tracking.receipt import shown
from simworth.tracking.records import MODEL_TAG, VALUATIONS_TAG, ModelRecord

CURRENT: Final = "current"
"""alias of the version that belongs to the last ledger entry on the main line"""
_ENTRY_TAG: Final = "simworth.ledger_entry"
"""number of that entry, on the version: an alias never goes back"""


def register(store: Store, run_id: str, model: ModelRecord, valuation: str) -> tuple[ModelVersion, bool]:
    """Log an ensemble as a pyfunc model of a run and register it, or find its version; which, and whether it is new.

    The version's tag names every valuation that the same files belong to, newest first.
    """
    versions = _versions(store, model.name)
    known = next((one for one in versions if one.tags.get(MODEL_TAG) == model.tags[MODEL_TAG]), None)
    if known is None:
        logged = _logged(store, run_id, model) or _log_model(store, run_id, model)
        try:
            store.client.create_registered_model(model.name, description=model.description)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        tags = {**model.tags, VALUATIONS_TAG: valuation}
        with tracking_to(store.uri):  # the client looks the model up in the store of the process
            made = store.client.create_model_version(
                model.name, logged.model_uri, run_id, tags=tags, model_id=logged.model_id
            )
        return made, True
    valuations = known.tags.get(VALUATIONS_TAG, "")
    if valuation not in valuations.split():
        store.client.set_model_version_tag(model.name, known.version, VALUATIONS_TAG, f"{valuation} {valuations}")
    return known, False


def set_current(store: Store, name: str, head: LedgerHead | None) -> str:
    """Give the alias to the version of the last ledger entry; its number where the alias moved, else ''.

    Nothing moves where no version belongs to that entry, or where the alias belongs to a later entry already.
    """
    if head is None:
        return ""
    versions = _versions(store, name)
    fitting = [one for one in versions if f" {head.digest}" in f" {one.tags.get(VALUATIONS_TAG, '')}"]
    if not fitting:
        return ""
    newest = max(fitting, key=lambda one: int(one.version))
    holder = str(store.client.get_registered_model(name).aliases.get(CURRENT, ""))
    if any(str(one.version) == holder and int(one.tags.get(_ENTRY_TAG, -1)) >= head.seq for one in versions):
        return ""
    store.client.set_model_version_tag(name, newest.version, _ENTRY_TAG, str(head.seq))
    store.client.set_registered_model_alias(name, CURRENT, newest.version)
    return str(newest.version)


def download_current(uri: str, task: str, folder: Path) -> Path:
    """Files of the model that the alias names, below `folder`; SimworthError where there is none."""
    address = f"models:/{task}@{CURRENT}"
    try:
        with tracking_to(uri):
            mlflow.artifacts.download_artifacts(address, dst_path=str(folder))
    except (MlflowException, OSError, SQLAlchemyError) as error:
        text = shown(" ".join(str(error).split()))[:200]
        raise SimworthError(
            f"model {task}: MLflow store {shown(uri)} gives no {address} ({text}); run `dvc repro` and "
            "`simworth publish`"
        ) from None
    return folder


def _versions(store: Store, name: str) -> list[ModelVersion]:
    return list(store.client.search_model_versions(f"name = '{name}'"))


def _logged(store: Store, run_id: str, model: ModelRecord) -> LoggedModel | None:
    """A model that a publisher logged but did not live to register; half-written ones are deleted."""
    experiment_id = store.client.get_run(run_id).info.experiment_id
    done = None
    for one in store.client.search_logged_models([experiment_id]):
        if one.tags.get(MODEL_TAG) != model.tags[MODEL_TAG]:
            continue
        if str(one.status) == "READY":
            done = one
        else:
            store.client.delete_logged_model(one.model_id)
    return done


def _log_model(store: Store, run_id: str, model: ModelRecord) -> LoggedModel:
    run = store.client.get_run(run_id)
    made = store.client.create_logged_model(
        run.info.experiment_id, "ensemble", run_id, tags=model.tags, params=dict(run.data.params)
    )
    # Outputs only. Given an input schema, MLflow drops the columns that it does not name, and so answers a request
    # with a misspelt column by nothing at all; and it refuses an empty list of records. Our loader does neither.
    signature = ModelSignature(outputs=Schema([ColSpec(kind, name, required=False) for name, kind in model.outputs]))
    with tracking_to(store.uri):
        Model.log(
            None,
            mlflow.pyfunc,
            run_id=run_id,
            model_id=made.model_id,
            loader_module=model.loader,
            data_path=str(model.folder),
            code_paths=list(map(str, model.code)),
            signature=signature,
            input_example=pd.DataFrame(model.example),
            pip_requirements=list(model.requirements),
            metadata=model.metadata,
        )
    return store.client.get_logged_model(made.model_id)
