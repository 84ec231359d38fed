"""`simworth featurize` and the table it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.cli import main
from simworth.columns import CLEAN_COLUMNS
from simworth.errors import SimworthError
from simworth.features import ffkm, rdkit_descriptors
from simworth.features.table import read_note

PARAMS = """
seed: 1
databases:
  sim: {releases: [one]}
  lab: {releases: [one]}
properties:
  density: {unit: g/cm^3, range: [0.3, 3.0]}
  chi: {unit: "", range: [-10, 10]}
tasks:
  density:
    property: density
    source: {database: sim}
    target: {database: lab, filter: "protocol != 'crystal'"}
    descriptors: [ffkm]
  chi:
    property: chi
    source: {database: sim}
    target: {database: lab}
    descriptors: [rdkit_descriptors, ffkm]
  odd:
    property: density
    source: {database: sim}
    target: {database: lab}
    descriptors: [ffmk]
"""


def clean(rows: list[dict[str, object]]) -> pd.DataFrame:
    whole = {"partner": "", "temperature": 298.15, "value": 1.0, "spread": np.nan, "replicates": 1, "converged": True}
    words = {"material_class": "", "protocol": "", "release": "one", "file": "a.csv", "row": 2}
    made = [{**whole, **words, "item": f"{row['structure']}|{row.get('partner', '')}", **row} for row in rows]
    return pd.DataFrame(made, columns=list(CLEAN_COLUMNS))


def side(role: str, prop: str, *structures: str, **more: object) -> list[dict[str, object]]:
    return [{"role": role, "property": prop, "structure": one, **more} for one in structures]


@pytest.fixture
def workspace(tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    simulated = side("simulation", "density", "*CC*", "*CC(*)C", "*[Si](C)(C)O*", "*CC*")
    simulated += side("simulation", "density", "*CC(*)F", converged=False)
    measured = side("experiment", "density", "*CC(*)C", "*CCO*")
    measured += side("experiment", "density", "*CC(*)Cl", protocol="crystal")
    clean(simulated).to_parquet("sim.parquet")
    clean(measured).to_parquet("lab.parquet")
    return tmp_path


def featurize(task: str, features: str = "out/features.parquet") -> int:
    return main(["featurize", task, "--source", "sim.parquet", "--target", "lab.parquet", "--features", features])


def test_one_row_per_structure(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert featurize("density") == 0
    table = pd.read_parquet("out/features.parquet")
    assert table["structure"].tolist() == ["*CC(*)C", "*CC*", "*CCO*", "*[Si](C)(C)O*"]
    assert list(table.columns[1:]) == [f"ffkm:{number:03d}" for number in range(190)]
    np.testing.assert_array_equal(table.iloc[:3, 1:].to_numpy(), ffkm(["*CC(*)C", "*CC*", "*CCO*"]))
    assert table.iloc[3, 1:].isna().all()
    said = capsys.readouterr().out
    assert said == (
        "density: 4 structures; ffkm: 4 computed, 0 from the store, 1 undescribed (first: *[Si](C)(C)O*: "
        "GAFF2_mod has no atom type: element Si, num. of bonds 4, hybridization SP3)\n"
    )


def test_metadata_names_digests_and_failures(workspace: Path) -> None:
    assert featurize("density") == 0
    found = read_note(Path("out/features.parquet"))
    assert found.featurizers["ffkm"].digest == ffkm.digest
    assert [(one.structure, one.featurizer) for one in found.failures] == [("*[Si](C)(C)O*", "ffkm")]


def test_a_table_without_a_note_or_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "foreign.parquet"
    for content, why in [(None, "no table of descriptors"), (b"PAR1 and no more", "cannot be read")]:
        path.write_bytes(content) if content else pq.write_table(pa.table({"a": [1]}), path)
        with pytest.raises(SimworthError, match=rf"foreign.parquet: {why}.*run `dvc repro`"):
            read_note(path)


def test_again_is_from_the_store_and_the_same_bytes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert featurize("density") == featurize("density", "out/again.parquet") == 0
    assert "ffkm: 0 computed, 4 from the store, 1 undescribed" in capsys.readouterr().out.splitlines()[1]
    assert Path("out/features.parquet").read_bytes() == Path("out/again.parquet").read_bytes()


def test_solvents_have_rows_and_descriptors_stand_side_by_side(workspace: Path) -> None:
    pairs = side("simulation", "chi", "*CC*", partner="CCO") + side("simulation", "chi", "*CC(*)C", partner="C")
    clean(pairs).to_parquet("sim.parquet")
    clean(side("experiment", "chi", "*CC*", partner="CCO")).to_parquet("lab.parquet")
    assert featurize("chi") == 0
    table = pd.read_parquet("out/features.parquet").set_index("structure")
    assert sorted(table.index) == ["*CC(*)C", "*CC*", "C", "CCO"]
    assert table.shape[1] == len(rdkit_descriptors.columns) + 190
    assert table.columns[0] == "rdkit_descriptors:000"
    assert table.columns[-1] == "ffkm:189"
    np.testing.assert_array_equal(table.loc["CCO"].to_numpy()[-190:], ffkm(["CCO"])[0])


def test_a_waiting_task_writes_an_empty_table(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert featurize("chi") == 0
    table = pd.read_parquet("out/features.parquet")
    assert len(table) == 0
    assert table.shape[1] == 1 + len(rdkit_descriptors.columns) + 190
    assert capsys.readouterr().out.startswith("chi: 0 structures; rdkit_descriptors: 0 computed")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("densty", "no task 'densty' in params.yaml; did you mean 'density'?"),
        ("odd", "no featurizer 'ffmk'; did you mean 'ffkm'?"),
    ],
)
def test_wrong_names(task: str, message: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert featurize(task) == 1
    assert capsys.readouterr().err == f"simworth: error: {message}\n"


def test_a_missing_or_strange_clean_table(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("sim.parquet").write_bytes(b"nothing")
    assert featurize("density") == 1
    Path("sim.parquet").unlink()
    assert featurize("density") == 1
    pd.DataFrame({"role": ["simulation"]}).to_parquet("sim.parquet")
    assert featurize("density") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("simworth: error: table sim.parquet: ") for line in lines)
    assert not Path("out/features.parquet").exists()
