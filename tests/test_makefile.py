"""What the Makefile says before it sets anything up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("version", [(3, 10, 14), (2, 7, 18)])
def test_an_older_python_is_refused_in_one_line(tmp_path: Path, version: tuple[int, int, int]) -> None:
    """A Python that says it is of that version."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy2(ROOT / name, tmp_path)
    python = tmp_path / "python"
    told = f"import sys; sys.version_info = (*{version}, 'final', 0)"
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] || exit 9\nexec {sys.executable} -c "{told}\n$2"\n')
    python.chmod(0o755)
    done = subprocess.run(
        ["make", "repro", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode and not (tmp_path / ".venv").exists()
    asked = (
        f"SimWorth needs Python 3.11 or later; {python} is {version[0]}.{version[1]}: name another with make PYTHON=..."
    )
    assert said == [asked]
