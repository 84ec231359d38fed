"""The wheel, in environments that hold nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from simworth.valuation.records import Valuation, Valued
from tests.data.test_own_database import TASK, tables

pytestmark = pytest.mark.soak
ROOT = Path(__file__).parents[2]
UNREACHABLE = (
    "No matching distribution",
    "Could not find a version",
    "Max retries",
    "ConnectionError",
    "Read timed out",
)
LAW = """
import numpy as np
from simworth.scaling import fit_power_law
n = np.array([100, 200, 400, 800, 1600, 3200])
law = fit_power_law(n, 2.0 * n ** -0.5 + 0.1)
assert abs(law.C - 0.1) < 0.01 and abs(law.alpha - 0.5) < 0.05, law
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    (built,) = folder.glob("simworth-*.whl")
    return built


def alone(programs: Path, *more: str, **environment: str) -> dict[str, str]:
    """The environment of a shell that knows these programs and nothing of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "PATH": os.pathsep.join([str(programs), "/usr/bin", "/bin", *more]), **environment}


def installed(folder: Path, *packages: str) -> Path:
    """Folder of the programs of a new environment with these packages; the test is skipped where none can be had."""
    venv.create(folder, with_pip=True)
    words = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--no-compile", *packages]
    environment = alone(folder / "bin")
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and any(one in done.stderr for one in UNREACHABLE):
        pytest.skip(f"no packages can be had here: {done.stderr.strip().splitlines()[-1][:200]}")
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "bin"


def test_laws_need_numpy_and_scipy_alone(wheel: Path, tmp_path: Path) -> None:
    programs = installed(tmp_path / "venv", "numpy", "scipy", "--constraint", str(ROOT / "requirements.lock"))
    for words in (["-m", "pip", "install", "-q", "--no-deps", str(wheel)], ["-c", LAW]):
        subprocess.run([programs / "python", *words], check=True, cwd=tmp_path, env=alone(programs))


def test_a_project_of_ones_own(wheel: Path, tmp_path: Path) -> None:
    programs = installed(tmp_path / "venv", str(wheel), "--constraint", str(ROOT / "requirements.lock"))
    environment = alone(programs, SIMWORTH_STORE=str(tmp_path / "store"))

    def simworth(*words: str) -> subprocess.CompletedProcess[str]:
        folder = project if project.is_dir() else tmp_path
        done = subprocess.run(
            [programs / "simworth", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        return done

    project = tmp_path / "valuations"
    assert simworth("new", str(project), "--tasks", "none").returncode == 0
    params = project / "params.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(
        text.replace("properties:\n", "properties:\n  glass_transition: {unit: kelvin, range: [100, 900]}\n")
    )
    files = tables(tmp_path)
    for database, reader, name in (
        ("our_simulations", "simulations", "simulated"),
        ("our_samples", "polyinfo", "measured"),
    ):
        words = ["release", "add", database, str(files[name]), "--name", "2027-01", "--reader", reader]
        assert simworth(*words).returncode == 0
    text = params.read_text(encoding="utf-8")
    params.write_text(text.replace("tasks: {}\n", TASK), encoding="utf-8")

    ran = simworth("run", "--strict")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert isinstance(Valuation.read(project / "reports" / "valuation.json").tasks["glass"], Valued)
    again = simworth("run", "--strict")
    assert "nothing to do" in again.stdout
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"PK\x03\x04")
    refused = simworth("release", "check", "our_samples", str(book))
    assert refused.returncode == 1 and "pip install 'simworth[excel]'" in refused.stderr
