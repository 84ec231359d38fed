"""docs/extend/featurizer.md and kind.md, executed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.data.kinds import KINDS, canonical, kind_of
from simworth.prepare.records import Prepared
from tests.extend.pages import code_blocks, write_files
from tests.stages import fitted_project


def test_a_featurizer_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Described by two processes, prepared with its own steps."""
    project = fitted_project(tmp_path)
    write_files("extend/featurizer.md", project.root)
    own = YAML(typ="safe").load((project.root / "featurizer.yaml").read_text())
    project.settings(own["tasks"]["density"], "density")
    path = project.root / "params.yaml"
    path.write_text(f"modules: {own['modules']}\n" + path.read_text())
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    monkeypatch.setattr("simworth.features.descriptor_store.ALONE_SECONDS", 0.0)
    monkeypatch.setattr("simworth.features.descriptor_store.WORTH_SECONDS", 0.0)
    monkeypatch.setattr("simworth.features.descriptor_store.BATCH_SECONDS", 0.0)
    project.again("featurize@density", "prepare@density")
    table = pd.read_parquet(project.root / "data/features/density.parquet")
    carbons = table.set_index("structure")["atom_counts:000"]
    assert len(table) > 60 and (carbons == [one.upper().replace("CL", "").count("C") for one in carbons.index]).all()
    (block,) = Prepared.read(project.root / "data/prepared/density").ready().transform.blocks
    assert (block.name, block.columns, block.steps) == ("atom_counts", 7, ("drop-constant", "norm"))


def test_a_kind_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "extend/kind.md"
    write_files(page, tmp_path)
    (tmp_path / "peptides.csv").write_text("sequence,RT\nACDK,60\nacdk,62\nMK LV,90\nBZ,30\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (command,) = [block.text for block in code_blocks(page) if block.language == "sh"]
    assert main(shlex.split(command)[1:]) == 0
    said = capsys.readouterr().out
    assert "retention_time: 3 values of 2 materials" in said and "sequence: no amino acid: B" in said
    assert kind_of(["ACDK", "MKLV"]) == "peptide"
    monkeypatch.setattr("simworth.data.kinds.kind._POOL_FROM", 2)
    monkeypatch.setattr("simworth.data.kinds.kind._PIECE", 2)
    forms = [one.structure for one in canonical("peptide", ["acdk", "MK LV", "BZ", "de"], workers=2)]
    assert forms == ["ACDK", "MKLV", "", "DE"], "two processes of their own know the kind"
    classify = KINDS["peptide"].classify
    assert classify is not None and classify(["ACDK", "MKLV", "DE"]) == ["neutral", "cationic", "anionic"]
