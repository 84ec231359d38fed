"""`mlflow models serve` over HTTP: real structures, bad ones, an empty list; and each is described once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simworth.features import ffkm
from simworth.features.descriptor_store import KeptDescriptors
from simworth.features.registry import StructureVector
from simworth.learning.networks import Perceptron
from simworth.learning.transforms import InputTransform, LabelTransform
from simworth.model.artifacts import model_record
from simworth.model.domain import Domain
from simworth.model.ensemble import write_ensemble
from simworth.model.predictor import Predictor, canonical_parts
from simworth.model.records import Descriptor, DomainFacts, ModelCard
from tests.model.letters import polymers

KNOWN = ["*CC*", "*CC(*)C", "*CC(*)c1ccccc1", "*CCO*", "*CC(*)(C)C(=O)OC", "*CC(*)Cl", "*CC(*)C#N", "*CO*"]

Ask = Callable[[dict[str, Any]], list[dict[str, Any]]]


def ensemble(folder: Path) -> None:
    """Untrained networks on the force-field descriptors."""
    raw = ffkm(KNOWN)
    steps = {"ffkm": ("log", "norm")}
    transform = InputTransform.fit(raw, {"ffkm": raw.shape[1]}, steps, 5.0)
    network = Perceptron((raw.shape[1], 512, 256, 128, 64, 32, 1))
    weights = network.layout.unpack(network.layout.fresh([np.random.default_rng(trial) for trial in range(30)]))
    labels = LabelTransform.fit([np.linspace(0.8, 1.4, 20)] * 30, ("norm",), 3.5).tensors()
    domain = Domain.of(transform(raw))
    card = ModelCard(
        task="density",
        property="density",
        unit="g/cm^3",
        scale="linear",
        releases={"sim": ["one"], "lab": ["two"]},
        kind="polymer",
        descriptors=(Descriptor(name="ffkm", version=ffkm.version, digest=ffkm.digest, columns=raw.shape[1]),),
        input_transform=transform,
        n=100,
        m=20,
        trials=tuple(range(30)),
        domain=DomainFacts(limits=(domain.limit,)),
        interval=None,
        example=KNOWN[0],
    )
    write_ensemble(folder, card, {**weights, **labels, "domain.points0": domain.points})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Path]]:
    """(function that asks the served model, folder of the ensemble)."""
    from simworth.tracking.mlflow_store import Store, reported
    from simworth.tracking.model_registry import register

    root = tmp_path_factory.mktemp("served")
    ensemble(root / "models/density")
    uri = f"sqlite:///{root / 'mlflow.db'}"
    with reported(uri):
        store = Store(uri, root)
        run = store.client.create_run(store.experiment("density")).info.run_id
        record = model_record(root / "models/density", "density", "v", "digest")
        (first, new), (again, newer) = (register(store, run, record, "v") for _ in range(2))
    assert new and not newer
    assert (first.name, str(first.version)) == (again.name, str(again.version)) == ("density", "1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/density/1", "--env-manager", "local"]
    told = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true", "SIMWORTH_STORE": str(root / "store")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=root,
            env={**os.environ, **told, "PATH": path, "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            await_(process, port, root / "log")
            yield asker(port), root / "models/density"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def await_(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 900
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(log.read_text()[-3000:])


def asker(port: int) -> Ask:
    def ask(content: dict[str, Any]) -> list[dict[str, Any]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations", json.dumps(content).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = answer.read()
        found: list[dict[str, Any]] = json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))[
            "predictions"
        ]
        return found

    return ask


def test_served_model_says_what_the_predictor_says(served: tuple[Ask, Path], tmp_path: Path) -> None:
    ask, folder = served
    given = ["*CC(*)c1ccccc1", "no structure", None, "*[Si](C)(C)O*", "*OCC*"]
    ours = Predictor.load(folder, tmp_path).predict(given)
    for request in (
        {"inputs": given},
        {"dataframe_records": [{"structure": one} for one in given]},
        {"dataframe_split": {"columns": ["structure"], "data": [[one] for one in given]}},
    ):
        made = ask(request)
        assert [row["structure"] for row in made] == given
        assert [row["reason"] for row in made] == [one.reason for one in ours]
        for row, one in zip(made, ours, strict=True):
            assert (row["mean"], row["standard_deviation"]) == pytest.approx((one.mean, one.standard_deviation))
            assert row["outside"] == one.outside
    assert [one.mean is None for one in ours] == [False, True, True, True, False]


@pytest.mark.parametrize(
    "empty",
    [{"inputs": []}, {"dataframe_records": []}, {"dataframe_split": {"columns": ["structure"], "data": []}}],
    ids=["inputs", "records", "split"],
)
def test_empty_list_gives_an_empty_list(served: tuple[Ask, Path], empty: dict[str, Any]) -> None:
    assert served[0](empty) == []


def test_unknown_structures_are_described_once(served: tuple[Ask, Path]) -> None:
    """The second time they come from the store: where a vector was put in the place of another, the server takes it."""
    ask, folder = served
    wanted = polymers(60)[-20:]
    first = ask({"inputs": wanted})
    assert sum(row["mean"] is not None for row in first) > 18 and ask({"inputs": wanted}) == first
    one, other = (canonical_parts(name, "polymer")[0].structure for name in wanted[:2])
    with KeptDescriptors(folder.parents[1] / "store", ffkm) as kept:
        vector = kept.get([other])[other].vector
        with kept._database as database:
            database.execute("DELETE FROM descriptor WHERE structure = ?", [one])
        kept.add([StructureVector(one, vector, "")])
    again = ask({"inputs": wanted})
    assert again[0]["mean"] == again[1]["mean"] == first[1]["mean"] != first[0]["mean"]
    assert again[1:] == first[1:]
