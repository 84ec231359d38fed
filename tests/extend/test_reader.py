"""docs/extend/reader.md, executed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from simworth.cli import main
from tests.extend.pages import code_blocks, write_files

PAGE = "extend/reader.md"


def test_a_reader_from_outside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(PAGE, tmp_path)
    (tmp_path / "densities.jsonl").write_text(
        '{"smiles": "*CC*", "rho": 940}\n{"smiles": "*CC(*)C", "rho": 850.5}\n{"smiles": "CC", "rho": 850.5}\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    (command,) = [block.text for block in code_blocks(PAGE) if block.language == "sh"]
    assert main(shlex.split(command)[1:]) == 0
    said = capsys.readouterr().out
    assert "density: 2 values of 2 materials" in said and "0 '*' instead of 2" in said


FAULTS = {
    'found.drop(columns="role")': "column 'role' not in dataframe",
    'found.assign(row="2")': "series 'row' to have type int64",
    "found.assign(rho=1.0)": "column 'rho' not in",
    'found.assign(role="guess")': "'role'",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reader_that_returns_wrong_columns_is_named(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(PAGE, tmp_path)
    reader = tmp_path / "extensions/jsonl_reader.py"
    text = reader.read_text().replace("return pd.concat(parts, ignore_index=True)", "found = pd.concat(parts)")
    reader.write_text(f"{text}    return {fault}\n")
    (tmp_path / "densities.jsonl").write_text('{"smiles": "*CC*", "rho": 940}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["release", "check", "mine", "densities.jsonl", "--reader", "jsonl"]) == 1
    error = capsys.readouterr().err
    assert "reader 'jsonl' returns a wrong table: " in error and FAULTS[fault] in error and error.count("\n") == 1
