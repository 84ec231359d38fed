"""What `simworth release check` and `add` say, in one line, of tables and options that they do not take."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.cli import main

PARAMS = "seed: 1\ndatabases: {}\nproperties: {rho: {unit: g/cm^3, range: [0.3, 3]}}\ntasks: {}\n"
POLYMERS = ["*CC*", "*CC(*)C", "*CCO*", "*CC(*)Cl", "*CC(*)O", "*CC(*)F"]
MAPPING = ["--kind", "polymer", "--role", "experiment", "--structure", "SMILES", "--value", "rho=rho:g/cm^3"]

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Checks x.csv with options and gives the error, '' where there is none."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")

    def check(*words: str, command: tuple[str, ...] = ("check", "mine", "x.csv")) -> str:
        code, said = main(["release", *command, *words]), capsys.readouterr().err
        assert said.count("\n") == bool(code)
        return said

    return check


def write(*lines: str) -> None:
    Path("x.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize(("cell", "remedy"), [("1,132.5", "write 1132.5"), ("high", "check what it holds")])
def test_a_column_that_mostly_holds_no_numbers(cell: str, remedy: str, refused: Refused) -> None:
    """As Excel saves numbers with separators of thousands, in quotes; five refuse the release, fewer are counted."""
    rows = [f'{one},"{cell}"' for one in POLYMERS[:5]] + [f"{POLYMERS[5]},0.96"]
    write("SMILES,rho", *rows)
    error = refused(*MAPPING)
    assert f"column 'rho' has 5 of 6 values that are no numbers (first: row 2, {cell!r})" in error and remedy in error
    write("SMILES,rho", *rows[1:])
    assert not refused(*MAPPING)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--value", "rho=b:kg/m^3"], "rho is in column 'rho' already"),
        (["--unit", "rho=kg/m^3"], "rho is given in g/cm^3 already"),
        (["--unit", "energy=eV", "--unit", "energy=meV"], "energy is given in eV already"),
    ],
)
def test_what_is_said_twice(more: list[str], words: str, refused: Refused) -> None:
    assert f"{more[-1]!r}: {words}" in refused(*MAPPING, *more)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "no value is left to use: its files have headers and no records"),
        (["*CC*,0.9,", "*CCO*,1.1,"], "file 'x.csv': 2 of 2 records with too many fields, first: row 2, '*CC*,0.9,'"),
        (["*CC*", "*CCO*,1.1,"], "2 of 2 records cut off or with too few or too many fields, first: row 2, '*CC*'"),
    ],
)
def test_a_file_without_a_whole_record(records: list[str], words: str, refused: Refused) -> None:
    write("SMILES,rho", *records)
    assert words in refused(*MAPPING)


def test_a_long_cell_is_not_refused(refused: Refused) -> None:
    write("smiles,curve", *(f"{one},{'1 ' * 100_000}" for one in POLYMERS[:2]))
    limit = csv.field_size_limit(1 << 17)  # as a process begins
    try:
        assert not refused()
    finally:
        csv.field_size_limit(limit)


@pytest.mark.parametrize(
    "words",
    [
        ["check", "polyinfo", "x.csv", "--sheet", "DSC"],
        ["check", "mine", "x.csv", "--reader", "simulations", "--temperature", "T:degC"],
        ["check", "mine", "x.csv", "--header", "smiles,Tg"],
        ["add", "mine", "x.csv", "--name", "one", "--reader", "polyinfo", "--comment", "#"],
    ],
)
def test_what_only_a_mapping_heeds(words: list[str], refused: Refused) -> None:
    write("a,b", "1,2")
    error = refused(command=tuple(words))
    assert error.startswith(f"simworth: error: {words[-2]}: heeded by a mapping alone") and "add --kind" in error


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--reader", "polyinfo"], "--reader polyinfo: not heeded beside a mapping"),
        (["--sheet", "nope"], "--sheet nope: x.csv is no workbook"),
        (["--date", "2027-13-45"], "'2027-13-45' is not YYYY, YYYY-MM or YYYY-MM-DD"),
        (["--date", "5 May 2027"], "'5 May 2027' is not YYYY, YYYY-MM or YYYY-MM-DD"),
        (["--date", "2027-5"], "'2027-5' is not YYYY, YYYY-MM or YYYY-MM-DD"),
    ],
)
def test_options_that_would_be_passed_over(more: list[str], words: str, refused: Refused) -> None:
    write("SMILES,rho", "*CC*,0.9")
    assert words in refused(*MAPPING, *more, command=("add", "mine", "x.csv", "--name", "one"))


def test_a_column_that_a_mapping_names_and_the_file_lacks(refused: Refused) -> None:
    write("SMILES,rho", "*CC*,0.9")
    assert refused(*MAPPING, "--temperature", "nope").endswith(
        "column 'nope' is missing; its columns are: 'SMILES', 'rho'; name the right one in the mapping\n"
    )
