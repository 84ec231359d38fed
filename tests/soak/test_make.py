"""README's and the tutorial's first commands, as a newcomer types them, in a clone of the last commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.valuation.records import Fit
from tests.docs.test_commands import commands
from tests.stages import ROOT

pytestmark = pytest.mark.soak
URL = "https://github.com/simworth/simworth"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tutorial's first line makes, its address standing for this checkout; the environment is set up."""
    place = tmp_path_factory.mktemp("newcomer")
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("the sources are not in a git repository that could be cloned")
    shown = commands(ROOT / "docs" / "tutorial.md")
    line = " && ".join(shown[: shown.index("cd simworth") + 1])
    told = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{ROOT}.insteadOf", "GIT_CONFIG_VALUE_0": URL}
    done = subprocess.run(
        ["bash", "-ec", f"{line}; pwd"],
        cwd=place,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    found = Path(done.stdout.splitlines()[-1])
    assert found == place / "simworth"
    (place / "installed").touch()
    os.utime(place / "installed", (2**32, 2**32))
    return found


def make(clone: Path, *words: str) -> str:
    """`make` with this interpreter's environment, as if it had been set up in the clone."""
    own = [f"BIN={Path(sys.executable).parent}", f"STAMP={clone.parent / 'installed'}"]
    environment = {**os.environ, "PYTHONPATH": str(clone / "src"), "SIMWORTH_STORE": str(clone.parent / "store")}
    done = subprocess.run(
        ["make", *words, *own], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_make_says_what_it_can(clone: Path) -> None:
    said = make(clone)
    assert all(f"make {target}" in said for target in ("repro", "test", "soak", "bench", "lint"))


@pytest.mark.parametrize("target", ["test", "soak"])
def test_make_runs_tests(clone: Path, target: str) -> None:
    """Of all the tests one file, since those of the whole are the ones that run here."""
    assert "passed" in make(clone, target, "ARGS=-m '' -p no:cacheprovider tests/test_locks.py")


def test_make_bench_measures(clone: Path) -> None:
    assert "usage" in make(clone, "bench", "ARGS=--help").lower()
    assert "usage" in make(clone, "bench-full", "ARGS=--help").lower()


def test_make_repro_ends_with_the_table_of_laws(clone: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On real releases with small settings; then a part, and once more, when there is nothing to do."""
    yaml, path = YAML(), clone / "params.yaml"
    params = yaml.load(path)
    for name in [*params["tasks"]]:
        if name != "electrical_conductivity":
            del params["tasks"][name]
    for name in [*params["databases"]]:
        if name != "starrydata":
            del params["databases"][name]
    task = params["tasks"]["electrical_conductivity"]
    task.update({"trials": 4, "grid": {"points": 5, "n_min": 60}})
    task.pop("surface", None)
    task["training"].update({"hidden": [12], "max_epochs": 4})
    yaml.dump(params, path)
    said = make(clone, "repro")
    assert "electrical_conductivity" in said.partition("verdict")[2] and "report: " in said
    assert (clone / "reports/index.html").is_file()
    part = make(clone, "repro", "TASKS=electrical_conductivity")
    assert "page, ledger and MLflow are of all tasks" in part
    assert Fit.read(clone / "results/fits/electrical_conductivity.json").entry.status == "ok"
    assert "nothing to do" in make(clone, "repro")
