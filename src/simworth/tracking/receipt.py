"""The files that `simworth publish` sends, and what has been sent to which store, remembered here.

So `publish` with nothing new costs no import of MLflow.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

from pydantic import Field

from simworth.digests import digest, file_digest
from simworth.environment import read_environment
from simworth.errors import SimworthError
from simworth.records import Record
from simworth.tracking import RUN_FORMAT, sqlite
from simworth.valuation.result_files import ResultFolders

_SECONDS: Final = 10.0
"""to wait for a server's answer"""
_USER: Final = re.compile(r"(?<=://)[^/@\s]*(:\S*)?@")
"""user and password of an address"""


def shown(text: str) -> str:
    """An address, or a text that names some, without the users and passwords in it: for messages."""
    return _USER.sub("***@", text)


@dataclass(frozen=True, kw_only=True)
class Paths(ResultFolders):
    """Where the pipeline left its results; every path is an argument."""

    models: Path
    """folder of <task>/"""
    surfaces: Path
    """folder of <task>.parquet, trials over n and m; what is missing has not been asked for"""
    ledger: Path
    """folder of the ledger's entries"""

    @property
    def root(self) -> Path:
        """The project's folder, where a bare `mlflow ui` is started."""
        return self.params.resolve().parent

    def model(self, task: str) -> Path:
        """Folder of a task's ensemble."""
        return self.models / task


def fingerprint(paths: Paths, task: str, *decisions: object) -> str:
    """Digest of all that is sent for a task and of what decides which of it; it changes where something may be new."""
    files = [
        paths.summary(task),
        paths.trials / f"{task}.parquet",
        paths.predictions / f"{task}.parquet",
        paths.fits / f"{task}.json",
        paths.surfaces / f"{task}.parquet",
        paths.model(task) / "model.json",
        *sorted(paths.quality.glob("*.json")),
    ]
    return digest([RUN_FORMAT, [str(one) for one in decisions], [[file.name, file_digest(file)] for file in files]])


class StoreUnavailable(SimworthError):
    """A tracking store cannot be reached or written; nothing is lost, it is sent the next time."""

    exit_code = 4

    def __init__(self, uri: str, why: str) -> None:
        told = f"MLflow store {uri}: {why}; all results are kept here, `simworth publish` sends them later"
        super().__init__(shown(told))


def tracking_uri(root: Path) -> str:
    """MLFLOW_TRACKING_URI, else what a bare `mlflow ui` in folder `root` opens."""
    named = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    return named or f"{sqlite.PREFIX}{root / 'mlflow.db'}"


def takes_private_data(uri: str) -> bool:
    """Whether a store may hold single values of databases that may not be redistributed.

    That is a file on this machine, or an address that SIMWORTH_PRIVATE_MLFLOW names (several: separated by spaces).
    A server is never taken for this machine's, whatever its address: a tunnel has a local one.
    """
    named = read_environment().private_mlflow.split()
    return uri.startswith(("sqlite:", "file:", "/", "./")) or uri.rstrip("/") in {one.rstrip("/") for one in named}


class Receipt(Record):
    """What one store was given."""

    made_by: ClassVar[str] = "simworth publish"
    runs: int = 0
    """of ours in the store when we left it, where that is cheap to know, else 0"""
    tasks: dict[str, str] = Field(default_factory=dict)
    """task -> fingerprint of what was sent"""
    parents: dict[str, str] = Field(default_factory=dict)
    """task -> run of its valuation"""


def receipt_file(store: Path, uri: str) -> Path:
    """Where the receipt of a tracking store is kept."""
    return store / "published" / f"{digest(uri)}.json"


def read_receipt(path: Path) -> Receipt:
    """An empty one where there is none, or one of another make."""
    try:
        return Receipt.read(path)
    except SimworthError:
        return Receipt()


def still_there(uri: str, receipt: Receipt) -> bool:
    """Whether a store still holds what the receipt says; a deleted or replaced one does not."""
    if not receipt.tasks:
        return False
    file = sqlite.sqlite_file(uri)
    if file is not None:
        return sqlite.holds(file, receipt.runs, sorted(receipt.parents.values()))
    if uri.startswith(("http://", "https://")):
        return all(_has_run(uri, run) for run in receipt.parents.values())
    return False  # another kind of store: MLflow itself must look


def _has_run(uri: str, run_id: str) -> bool:
    """Whether a server answers with that run."""
    try:
        with _asked(uri, f"/api/2.0/mlflow/runs/get?run_id={run_id}") as answer:
            return json.load(answer) is not None
    except (OSError, ValueError):
        return False


def _asked(uri: str, path: str) -> Any:
    """A server's answer to a request in the name of the user that its address names."""
    user, at, _ = urlsplit(uri).netloc.rpartition("@")
    request = urllib.request.Request(uri.replace(user + at, "", 1).rstrip("/") + path)
    if at:
        request.add_unredirected_header("Authorization", f"Basic {b64encode(unquote(user).encode()).decode()}")
    return urllib.request.urlopen(request, timeout=_SECONDS)


def reachable(uri: str) -> str:
    """'' where a server answers (or where there is no server to ask), else why it does not."""
    if not uri.startswith(("http://", "https://")):
        return ""
    try:
        with _asked(uri, "/health"):
            return ""
    except urllib.error.HTTPError:
        return ""  # it answers; whether it lets us in is for MLflow to find out
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
