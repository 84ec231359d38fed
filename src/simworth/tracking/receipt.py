"""What has been sent to which store, remembered here, so that `publish` with nothing new costs no import of MLflow."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from simworth.digests import digest
from simworth.environment import read_environment
from simworth.files import write_whole
from simworth.tracking import sqlite

_SECONDS: Final = 10.0
"""to wait for a server's answer"""


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


@dataclass(frozen=True)
class Receipt:
    """What one store was given."""

    runs: int = 0
    """of ours in the store when we left it, where that is cheap to know, else 0"""
    tasks: dict[str, str] = field(default_factory=dict)
    """task -> fingerprint of what was sent"""
    parents: dict[str, str] = field(default_factory=dict)
    """task -> run of its valuation"""


def receipt_file(store: Path, uri: str) -> Path:
    """Where the receipt of a tracking store is kept."""
    return store / "published" / f"{digest(uri)}.json"


def read_receipt(path: Path) -> Receipt:
    """An empty one where there is none, or one of another make."""
    try:
        return Receipt(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Receipt()


def write_receipt(path: Path, receipt: Receipt) -> None:
    """Keep it, whole or not at all."""
    write_whole(path, json.dumps(asdict(receipt), indent=1, sort_keys=True).encode())


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
    return _get(f"{uri.rstrip('/')}/api/2.0/mlflow/runs/get?run_id={run_id}") is not None


def reachable(uri: str) -> str:
    """'' where a server answers (or where there is no server to ask), else why it does not."""
    if not uri.startswith(("http://", "https://")):
        return ""
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_SECONDS):
            return ""
    except urllib.error.HTTPError:
        return ""  # it answers; whether it lets us in is for MLflow to find out
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def _get(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None
