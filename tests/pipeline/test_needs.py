"""`simworth sweep TASK --plan`: time, memory, disk and traffic of what is not in the store yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.config import settings_with
from simworth.environment import store_root
from simworth.pipeline.estimate import disk, input_bytes, worker_memory
from simworth.prepare.records import Prepared
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import weights_path

from ..tuning.test_search import project


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


def described(capsys: pytest.CaptureFixture[str], params: Path, *options: str) -> str:
    assert main(["sweep", "density", "--params", str(params), "--plan", *options]) == 0
    return capsys.readouterr().out


def bytes_of(kind: str, text: str) -> float:
    found = re.search(rf"{kind}: (?:about )?([\d.]+) (bytes|kB|MB|GB|TB)", text)
    assert found, text
    return float(found[1]) * {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[found[2]]


def test_disk_is_what_the_store_then_takes(params: Path) -> None:
    settings = settings_with(params, "density")
    data = Prepared.read(params.parent / "data/prepared/density").ready()
    sweeper, planned = Sweeper(settings, "density", data, store_root()), plan(settings.tasks["density"], data)
    problem = Problem.of("density", settings.tasks["density"], settings.seed, data)
    sweeper.run(planned.shards)
    paths = [sweeper.path(shard) for shard in planned.shards]
    took = sum(path.stat().st_size + weights_path(path).stat().st_size for path in paths)
    assert disk(problem, planned.shards) == pytest.approx(took, rel=0.3)


def test_more_simulations_and_workers_are_planned_for(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = described(capsys, params), described(capsys, params, "--simulated", "1000000", "--workers", "64")
    assert "with 64 workers" in there and "1000000" in there.splitlines()[0]
    assert bytes_of("memory", there) > bytes_of("memory", here)
    assert bytes_of("traffic", there) > 1000 * bytes_of("traffic", here)


def test_no_number_of_workers_is_faster_than_the_largest_piece(
    params: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Direct learning and five n in three blocks; 8 hours for all of it by one worker."""
    steps = float(described(capsys, params).split("about ")[1].split(" model")[0].replace(",", ""))
    monkeypatch.setattr("simworth.pipeline.estimate.seconds_per_step", lambda *_: 28_800 / steps)
    hours = [
        described(capsys, params, "--workers", str(count)).split("time: about ")[1][:6] for count in (1, 2, 99, 999)
    ]
    assert hours[:2] == ["8 h wi", "4 h wi"]
    assert hours[2] == hours[3] != hours[1]


def test_memory_grows_by_the_arrays_and_the_models(params: Path) -> None:
    settings = settings_with(params, "density")
    data = Prepared.read(params.parent / "data/prepared/density").ready()
    task = settings.tasks["density"]
    problem = Problem.of("density", task, settings.seed, data)
    largest = plan(task, data, 10**6).curve[-1]
    examples = 10 * 10**6 * 12 * 2
    rows = len(data.inputs) * 10**6 / len(data.source.items)
    assert input_bytes(problem, 10**6) == pytest.approx(rows * problem.inputs.shape[1] * 4)
    assert worker_memory(problem, largest, "cpu") == pytest.approx(examples, rel=0.2)


def test_large_inputs_count_once_a_machine(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few, many = (
        described(capsys, params, "--simulated", str(simulated), "--workers", "8") for simulated in (500, 5_000_000)
    )
    assert "in all" in few and "to each worker once" in few
    assert "of inputs a machine" in many and "to each machine once" in many


def test_what_is_kept_takes_nothing(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_with(params, "density")
    data = Prepared.read(params.parent / "data/prepared/density").ready()
    Sweeper(settings, "density", data, store_root()).run(plan(settings.tasks["density"], data).shards)
    out = described(capsys, params)
    assert "0 of them to train" in out and "memory" not in out


def test_what_belongs_to_a_plan_is_refused_without_one(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "density", "--params", str(params)]) == 2
    assert "missing option --trials, --predictions, --summary; or --plan" in capsys.readouterr().err
    assert main(["sweep", "density", "--params", str(params), "--workers", "4"]) == 2
    assert "are for --plan" in capsys.readouterr().err
    assert main(["sweep", "density", "--params", str(params), "--plan", "--simulated", "5"]) == 1
    assert "must be at least n_min" in capsys.readouterr().err
