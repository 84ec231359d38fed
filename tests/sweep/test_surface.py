"""The stage of the n x m grid, where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from tests.faults.lab import ROOT, made

CODE = "import sys; from simworth.cli import main; assert main(sys.argv[1:]) == 0; assert 'torch' not in sys.modules"


def test_a_task_without_a_surface_has_empty_tables_and_loads_nothing_that_trains(tmp_path: Path) -> None:
    sweep = made(tmp_path)
    given = sweep.command[2 : sweep.command.index("--summary")]
    done = subprocess.run(
        [sys.executable, "-c", CODE, "surface", "density", *given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, columns in (("t", TRIAL_COLUMNS), ("p", PREDICTION_COLUMNS)):
        table = pd.read_parquet(sweep.results / f"{name}.parquet")
        assert table.empty and list(table.columns) == list(columns)
