"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simworth import registry
from simworth.environment import exported

AWS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}


def _folder(variable: str, what: str) -> Path:
    named = os.environ.get(variable)
    if not named or not Path(named).is_dir():
        pytest.skip(f"{variable} does not name a folder with {what}")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of the open snapshots, laid out by mirror key."""
    return _folder("SIMWORTH_MIRROR", "the open snapshots")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of published and measured reference values."""
    return _folder("SIMWORTH_REFERENCE", "the reference values")


@pytest.fixture(scope="session", autouse=True)
def one_worker() -> Iterator[None]:
    """Fixtures of a module or of the session start no processes either; pytest's own workers fill the cores."""
    with exported({"SIMWORTH_WORKERS": "1"}):
        yield


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the working store, or starts processes unless it says so (`one_worker`)."""
    store = tmp_path / "store"
    monkeypatch.setenv("SIMWORTH_STORE", str(store))
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "SIMWORTH_DEVICE", "SIMWORTH_EXECUTOR"):
        monkeypatch.delenv(name, raising=False)
    return store


@pytest.fixture(autouse=True)
def own_members() -> Iterator[None]:
    """What a test's modules registered is gone after it, as it is in a user's next process."""
    modules = {*sys.modules}
    yield
    new = {name for name in {*sys.modules} - modules if name.startswith("simworth_extension_")}
    if not new:
        return
    for held in _registries():
        theirs = [name for name, member in held._members.items() if any(one in registry._origin(member) for one in new)]
        for name in theirs:
            del held._members[name]
    for name in new:
        registry._modules.pop(str(sys.modules.pop(name).__file__), None)


def _registries() -> list[registry.Registry[object]]:
    package = [module for name, module in sys.modules.items() if name.startswith("simworth.")]
    return [one for module in package for one in vars(module).values() if isinstance(one, registry.Registry)]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of an empty bucket of a server of S3 on this machine, for this process and those that it starts."""
    server = pytest.importorskip("moto.server", reason="no server of S3: pip install 'moto[s3]' dvc-s3")
    s3fs = pytest.importorskip("s3fs", reason="no client of S3: pip install 'simworth[s3]'")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    address = "http://{}:{}".format(*running.get_host_and_port())
    for name, value in {**AWS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    requests.post(f"{address}/moto-api/reset", timeout=10)  # what it holds lives as long as the process
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("team")
    yield "s3://team"
    s3fs.S3FileSystem.clear_instance_cache()
    running.stop()


LONGEST = (
    "soak/test_three_releases.py",
    "demo/test_whole_demo.py",
    "soak",
    "data/test_readers.py",
    "faults/test_killed.py",
    "ledger/test_audit.py",
    "tracking/test_server.py",
    "faults/test_dask.py",
    "scaling",
    "faults",
    "tracking",
    "data",
    "pipeline",
)
"""files and folders that take minutes"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that no worker is left with one of them at the end."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here)
        found = (at for at, name in enumerate(LONGEST) if path.is_relative_to(name))
        return next(found, len(LONGEST))

    items.sort(key=place)
