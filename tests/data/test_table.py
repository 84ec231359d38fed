"""Any table by its mapping: formats, shapes, kinds; read right, or refused for the right reason."""

from __future__ import annotations

import itertools
import random
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

from simworth.cli import main
from simworth.config import Property, Settings
from simworth.data.containers import as_csv
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.kinds import StructureError
from simworth.data.kinds.molecule import canonical_molecule
from simworth.data.propose import propose
from simworth.data.readers import TableMapping, ValueColumn
from simworth.errors import SimworthError
from tests.data.project import tracked_project

PROPERTIES = {
    "density": Property(unit="g/cm^3", range=(0.3, 3.0)),
    "glass_transition": Property(unit="K", range=(100, 900)),
    "band_gap": Property(unit="eV", range=(1e-3, 20)),
    "conductivity": Property(unit="S/m", range=(1e-12, 1e9), scale="log10"),
    "energy": Property(unit="kcal/mol", range=(-50, 20)),
}
SETTINGS = Settings(seed=1, databases={}, properties=PROPERTIES, tasks={})
POLYMERS = ["*CC*", "*CC(*)C", "*CC(*)c1ccccc1", "*CCO*", "*CC(*)Cl", "*CC(*)O", "*CC(*)F", "*CC(*)C#N"]


def read(path: Path, table: TableMapping) -> ReleaseRead:
    return read_files(SETTINGS, "r", "table", [path], {}, table)


def densities(**more: object) -> TableMapping:
    plain = {"kind": "polymer", "role": "experiment", "structure": "SMILES"}
    return TableMapping.model_validate({**plain, "values": {"density": {"column": "rho", "unit": "g/cm3"}}, **more})


FRAME = pd.DataFrame({"id": range(8), "SMILES": POLYMERS, "rho": [0.9 + one / 16 for one in range(8)], "note": "a b"})


def written(folder: Path, seed: int) -> tuple[Path, TableMapping]:
    """FRAME in one of the ways in which people save tables, and what they must say of it."""
    rng = random.Random(seed)
    form = rng.choice(["csv", "csv", "csv", "csv", "xlsx", "parquet"])
    frame = FRAME[rng.sample(list(FRAME), 4)] if rng.random() < 0.5 else FRAME
    names = {"SMILES": rng.choice(["SMILES", "smiles", " SMILES "]), "rho": rng.choice(["rho", "RHO"])}
    unit = rng.choice(["g/cm3", "kg/m^3", "g/ccm", "gm/cm3", "g cm-3"])
    frame = frame.assign(rho=frame["rho"] * 1000) if unit.startswith("kg") else frame
    table = densities(values={"density": {"column": "rho", "unit": unit}})
    frame = frame.rename(columns=names)
    if form == "xlsx":
        path, sheet = folder / f"{seed}.xlsx", rng.choice(["Tabelle1", "data"])
        with pd.ExcelWriter(path) as book:
            if sheet == "data":
                pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="about", index=False)
            frame.to_excel(book, sheet_name=sheet, index=False)
        return path, table.model_copy(update={"sheet": sheet if sheet == "data" else ""})
    if form == "parquet":
        frame.to_parquet(folder / f"{seed}.parquet")
        return folder / f"{seed}.parquet", table
    separator = rng.choice([",", ";", "\t", "|"])
    decimal = "," if separator != "," and rng.random() < 0.6 else "."
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    frame = frame.assign(note="Dichte ü") if "note" in frame else frame
    path = folder / f"{seed}.{rng.choice(['csv', 'CSV', 'txt', 'csv.gz'])}"
    end = rng.choice(["\n", "\r\n"])
    packed = "gzip" if path.name.endswith("gz") else None
    frame.to_csv(
        path, sep=separator, decimal=decimal, encoding=encoding, index=False, lineterminator=end, compression=packed
    )
    return path, table.model_copy(update={"encoding": "utf-8" if "utf-8" in encoding else encoding})


@pytest.mark.parametrize("start", range(0, 100, 20))
def test_a_hundred_odd_files_are_read_right(start: int, tmp_path: Path) -> None:
    for seed in range(start, start + 20):
        path, table = written(tmp_path, seed)
        clean = read(path, table).clean
        found = dict(zip(clean["row"], clean["value"], strict=True))
        assert list(found) == list(range(2, 10)), (seed, path.name)
        assert list(found.values()) == pytest.approx(list(FRAME["rho"])), (seed, path.name)


def test_groups_of_thousands_are_not_decimals(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("SMILES;rho\n*CC*;1,132\n*CCO*;1,120\n", encoding="utf-8")
    with pytest.raises(SimworthError, match="value is not a number"):
        read(path, densities())
    assert read(path, densities(decimal=",")).clean["value"].tolist() == [1.132, 1.12]


@pytest.mark.parametrize(("whole", "decimals", "kept"), [(True, None, 12), (False, 3, 12), (False, None, 11)])
def test_the_last_record_of_a_file_without_a_last_line_break(
    whole: bool, decimals: int | None, kept: int, tmp_path: Path
) -> None:
    """It is there where the catalogue knows the file from its origin, or where a cut number would have been shorter."""
    numbers = [1 + one / 16 for one in range(12)]
    shown = [str(one) if decimals is None else f"{one:.{decimals}f}" for one in numbers]
    path = tmp_path / "x.csv"
    path.write_text("SMILES,rho\n" + "\n".join(f"*{'C' * (k + 1)}O*,{one}" for k, one in enumerate(shown)))
    one = read_files(SETTINGS, "r", "table", [path], {}, densities(), whole=whole)
    assert len(one.clean) == kept
    if decimals:  # cut within the last number
        path.write_text(path.read_text()[:-1])
        assert len(read_files(SETTINGS, "r", "table", [path], {}, densities()).clean) == kept - 1


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("comment", ["", "# measured in 2024; by us, at home\n"])
def test_a_file_without_a_header_is_read_whatever_separates_its_cells(
    separator: str, comment: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    cells = [("*CC*", "0.9", "Smith; Jones"), ("*CCO*", "1.1", "Smith, Jones")]
    lines = [separator.join(f'"{one}"' if separator in one else one for one in row) for row in cells]
    path.write_text(comment + "\n".join([*lines, ""]), encoding="utf-8")
    one = read(path, densities(header=("SMILES", "rho", "who"), comment="#"))
    assert one.clean["value"].tolist() == [0.9, 1.1] and one.tally.broken == 0


def test_words_for_nothing_are_no_structures(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("formula,gap\nNaN,1.1\nnan,1.2\nNone,1.3\n-,1.4\nNa,1.5\nNaCl,1.6\n", encoding="utf-8")
    gaps = {"band_gap": ValueColumn(column="gap", unit="eV")}
    one = read(path, TableMapping(kind="composition", role="experiment", structure="formula", values=gaps))
    assert one.clean["value"].tolist() == [1.5, 1.6]
    assert {reason: drop.values for reason, drop in one.tally.drops.items()} == {"composition: no composition": 4}


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_a_number_torn_by_a_line_break_is_not_believed(end: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"SMILES,rho\n*CC*,0.9\n*CCO*,1.1{end}32\n*CC(*)C,0.88\n", encoding="utf-8", newline="")
    one = read(path, densities())
    assert one.clean["value"].tolist() == [0.9, 0.88] and one.tally.broken == 2


def test_degrees_states_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("SMILES,Tg,T,state\n[Cu]CC[Au],-54,25,Amorphous\n[Cu]CCO[Au],-60,25,crystal\n", encoding="utf-8")
    values = {"glass_transition": ValueColumn(column="Tg", unit="degC")}
    more = {"ends": ("[Cu]", "[Au]"), "state": "state", "states": ("amorphous",), "temperature": "T"}
    one = read(path, densities(values=values, temperature_unit="degC", **more))
    assert one.clean["value"].tolist() == pytest.approx([219.15]) and one.clean["item"].tolist() == ["*C*"]
    assert list(one.tally.drops) == ["state is not amorphous"]


def test_logarithms(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("formula,lg\nPbTe,2\nPbSe,3\n", encoding="utf-8")
    table = TableMapping(
        kind="composition",
        role="simulation",
        structure="formula",
        values={"conductivity": ValueColumn(column="lg", unit="log10(S/cm)")},
    )
    assert sorted(read(path, table).clean["value"]) == pytest.approx([1e4, 1e5])


class TestMolecules:
    def test_forms(self) -> None:
        assert canonical_molecule("OCC") == canonical_molecule("CCO") == "CCO"
        assert canonical_molecule("[Na+].CC(=O)[O-]") == "CC(=O)[O-].[Na+]"

    @pytest.mark.parametrize("text", ["*CC*", "CCO.CC", "", "C(", "{[$]CC[$]}"])
    def test_refusals(self, text: str) -> None:
        with pytest.raises(StructureError):
            canonical_molecule(text)

    def test_a_file_without_header_whose_first_lines_are_comments(self, mirror: Path) -> None:
        table = TableMapping(
            kind="molecule",
            role="experiment",
            structure="SMILES",
            separator=";",
            comment="#",
            header=("id", "SMILES", "name", "exp", "exp_err", "calc", "calc_err", "a", "b", "notes"),
            values={"energy": ValueColumn(column="exp", unit="kcal/mol", spread="exp_err")},
        )
        one = read(mirror / "freesolv" / "database.txt", table)
        assert len(one.clean) == one.clean["item"].nunique() == 642 and not one.tally.drops
        first = one.clean.iloc[0]
        assert (first["value"], first["spread"], first["row"]) == (-2.49, 0.6, 4)


def test_a_workbook_of_formation_energies(mirror: Path) -> None:
    table = TableMapping(
        kind="composition",
        role="experiment",
        structure="composition",
        values={"energy": ValueColumn(column="form_eng_exp", unit="kcal/mol")},
    )
    clean = read(mirror / "inorganic_experiments" / "cromel_efe.xlsx", table).clean
    assert clean["item"].nunique() == 1143


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"values": {}}, "either values"),
        ({"values": {"density": {"colum": "rho"}}}, "colum"),
    ],
)
def test_a_mapping_that_is_not_whole_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        densities(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"kind": "pair"}, "partner"), ({"partner": "SMILES"}, "only a pair"), ({"kind": "polymr"}, "mean 'polymer'")],
)
def test_a_kind_that_is_not_whole_is_refused(changes: dict, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("SMILES,rho\n*CC*,0.9\n", encoding="utf-8")
    with pytest.raises(SimworthError, match=words):
        read(path, densities(**changes))


def test_a_proposal_is_a_command_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tracked_project(tmp_path)
    monkeypatch.chdir(project.root)
    path = tmp_path / "train.csv"
    rows = [f"{n},{one},{0.9 + n / 20:g},{12 + n}" for n, one in enumerate(POLYMERS)]
    path.write_text("\n".join(["id,SMILES,Density (g/cm3),Rg", *rows, ""]), encoding="utf-8")
    assert main(["release", "check", "mine", str(path)]) == 0
    said = capsys.readouterr().out
    assert "--value 'density=Density (g/cm3):g/cm3'" in said and "not sure: whether the values are simulated" in said
    _, *command = shlex.split(said.splitlines()[1].replace("NAME", "one"))
    assert main(command) == 0
    assert "density: 8 values of 8 materials" in capsys.readouterr().out
    assert main(["release", "check", "mine"]) == 0


def test_the_first_of_columns_with_one_name_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("\n".join(["smiles,rho,rho,,", *(f"{one},0.9,x,," for one in POLYMERS), ""]), encoding="utf-8")
    assert "--structure smiles --value 'density=rho:" in propose(path, SETTINGS, "mine")


def test_a_mapping_that_lacks_a_part_says_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    params = tmp_path / "params.yaml"
    params.write_text("seed: 1\ndatabases: {}\nproperties: {}\ntasks: {}\n", encoding="utf-8")
    for words, missing in itertools.product([["--structure", "a"]], ["--kind"]):
        assert main(["release", "check", "mine", str(path), *words, "--params", str(params)]) == 1
        assert missing in capsys.readouterr().err


def test_a_workbook_without_its_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"smiles": ["*CC*"], "value": [1.0]}).to_excel(tmp_path / "book.xlsx", index=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SimworthError, match=r"file 'book.xlsx': is an Excel workbook; pip install 'simworth\[excel\]'"):
        as_csv(tmp_path / "book.xlsx")


@pytest.mark.parametrize("form", ["simulations", "of the record", "of the value"])
def test_all_readers_read_flags_of_convergence_alike(form: str, tmp_path: Path) -> None:
    flags = ["yes", "T", "1.0", "TRUE", "no", "F", "0.0", "maybe"]
    FRAME.assign(property="density", value=1.0, unit="g/cm3", converged=flags).to_csv(path := tmp_path / "runs.csv")
    value, flag = {"column": "value", "unit": "g/cm3"}, {"converged": "converged"}
    if form == "simulations":
        got = read_files(SETTINGS, "r", form, [path], {})
    elif form == "of the record":
        got = read(path, densities(values={"density": value}, **flag))
    else:
        got = read(path, densities(values={"density": {**value, **flag}}))
    assert got.clean.sort_values("row")["converged"].tolist() == [True] * 4 + [False] * 4
    said = "column 'converged': 1 flags that are neither yes nor no count as not converged, first: 'maybe'"
    assert got.account.notes == (said,)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_declared_decimal_commas_are_heeded_where_commas_separate_cells(form: str, tmp_path: Path) -> None:
    frame, path = FRAME.assign(rho=FRAME["rho"].map(lambda rho: f"{rho:.4f}".replace(".", ","))), tmp_path / f"a.{form}"
    save = {"csv": frame.to_csv, "parquet": frame.to_parquet, "xlsx": frame.to_excel}[form]
    save(path, index=False)
    got = read(path, densities(decimal=","))
    assert sorted(got.clean["value"]) == FRAME["rho"].tolist()
    assert got.account.notes == ("8 numbers with a decimal comma, such as 0,9000",)
