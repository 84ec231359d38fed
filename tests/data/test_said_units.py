"""Units, temperatures and structures that are not what they should be are read right or named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simworth.config import Database, Property, Settings, settings_from
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.kinds import StructureError
from simworth.data.kinds.composition import canonical_composition
from simworth.data.kinds.polymer import canonical_polymer
from simworth.data.select import materials
from simworth.errors import SimworthError
from simworth.units import conversion, factor
from tests.data.reading import balanced, read, values

UNITS = ["*CC(*)C", "*CC(*)O", "*CC(*)Cl", "*CCO*", "*CC*", "*CC(*)c1ccccc1", "*CC(*)F"]


def long_table(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def measured(folder: Path, temperatures: list[str], value: str = "1.0", unit: str = "g/cm^3") -> ReleaseRead:
    rows = [f"{u},density,{value},{unit},{t}" for u, t in zip(UNITS, temperatures, strict=False)]
    return read("polyinfo", [long_table(folder / "x.csv", "smiles,property,value,unit,temperature", rows)])


class TestTemperatures:
    def test_kelvin_where_celsius_are_wanted_is_refused(self, tmp_path: Path) -> None:
        rows = [f"*CC(*)c1ccccc1_{'C' * n}O,{298.15 + n},0.4" for n in range(1, 7)]
        path = long_table(tmp_path / "chi.csv", "ps_pair,temp,chi", rows)
        with pytest.raises(SimworthError, match=r"temperature.*above 520 K.*in K.*temperature=K"):
            read("chi-measured", [path])
        clean = read("chi-measured", [path], {"temperature": "K"}).clean
        assert sorted(clean["temperature"]) == pytest.approx([299.15 + n for n in range(6)])

    def test_three_rows_are_too_few_to_judge_but_none_is_taken(self, tmp_path: Path) -> None:
        rows = ["*CC(*)c1ccccc1_CCO,298.15,0.43", "*CC(*)C_CCO,303.15,0.68", "*CC*_CCO,298.15,0.45"]
        with pytest.raises(SimworthError, match=r"no value is left.*above 520 K; if its temperatures are in K"):
            read("chi-measured", [long_table(tmp_path / "chi.csv", "ps_pair,temp,chi", rows)])

    def test_celsius_where_kelvin_are_wanted_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SimworthError, match=r"6 of 6 values below 150 K.*in degC.*temperature=degC"):
            measured(tmp_path, ["25", "23", "20", "25", "25", "30"])

    def test_a_cell_may_bring_its_unit(self, tmp_path: Path) -> None:
        one = measured(tmp_path, ["25 C", "RT", "298.15 K", "77 °F", ""])
        assert len(one.clean) == 5 and any("'RT'" in note for note in one.tally.notes)
        assert sorted(one.clean["temperature"].dropna()) == pytest.approx([298.15] * 3)

    def test_fahrenheit_by_name(self, tmp_path: Path) -> None:
        rows = [f"{u},density,1.0,g/cm^3,77" for u in UNITS]
        path = long_table(tmp_path / "x.csv", "smiles,property,value,unit,temperature", rows)
        assert read("polyinfo", [path], {"temperature": "degF"}).clean["temperature"].iloc[0] == pytest.approx(298.15)


def own(
    prop: Property, unit: str, numbers: list[float], folder: Path, units: dict[str, str] | None = None
) -> ReleaseRead:
    rows = [f"{u},mine,{number},{unit}" for u, number in zip(UNITS * 3, numbers, strict=False)]
    settings = Settings(seed=1, databases={"x": Database(releases=("r",))}, properties={"mine": prop}, tasks={})
    path = long_table(folder / "x.csv", "smiles,property,value,unit", rows)
    return read_files(settings, "r", "polyinfo", [path], units or {})


class TestValues:
    @pytest.mark.parametrize("unit", ["degC", "°C", "C", "celsius"])
    def test_degrees_are_converted(self, unit: str, tmp_path: Path) -> None:
        one = own(Property(unit="K", range=(100, 900)), unit, [-54.0, -3.0, 100.0], tmp_path)
        assert sorted(one.clean["value"]) == pytest.approx([219.15, 270.15, 373.15])

    def test_degrees_taken_for_kelvin_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SimworthError, match="if the file is in degC, set unit: degC"):
            own(Property(unit="K", range=(100, 900)), "K", [-54.0, -3.0, 30.0, 60, 85, 40], tmp_path)

    def test_percent_for_a_fraction_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SimworthError, match="if the file is in percent, set unit: percent"):
            own(Property(unit="", range=(0, 1)), "", [20, 30, 40, 50, 60, 70], tmp_path)

    def test_logarithms_are_refused_or_converted_when_named(self, tmp_path: Path) -> None:
        prop = Property(unit="S/m", range=(1e-12, 1e9), scale="log10")
        logs = [-6.5, -5.0, -4.2, -3.0, -7.0, -6.1, -5.5, -4.0, -3.5, -2.9]
        with pytest.raises(SimworthError, match="log10"):
            own(prop, "S/m", logs, tmp_path)
        with pytest.raises(SimworthError, match=r"logarithms of mine; pass --unit 'mine=log10\(S/m\)' "):
            own(prop, "S/m", [2.0 + n / 4 for n in range(12)], tmp_path)
        found = own(prop, "log10(S/cm)", logs, tmp_path).clean
        assert found["value"].min() == pytest.approx(1e-5)
        assert len(own(prop, "S/m", [2.0 + n / 4 for n in range(12)], tmp_path, {"mine": "S/m"}).clean) == 12

    def test_one_absurd_value_refuses_no_release(self, tmp_path: Path) -> None:
        rows = ["*CC*,density,1132.4,g/cm^3", "*CC*,refractive_index,1.5,", "*CCO*,refractive_index,1.4,"]
        one = read("polyinfo", [long_table(tmp_path / "x.csv", "smiles,property,value,unit", rows)])
        (drop,) = balanced(one).dropped
        assert drop.reason.startswith("density above 3 g/cm^3; if the file is in kg/m^3") and len(one.clean) == 2


@pytest.mark.parametrize("unit", ["W/m K", "W/mK", "W/m·K", "W/m-K", "W m-1 K-1", "W/(m·K)", "W/m/K", "W.m-1.K-1"])
def test_conductivities_as_people_write_them(unit: str) -> None:
    assert factor(unit, "W/(m K)") == 1


@pytest.mark.parametrize(
    ("unit", "into", "number"),
    [
        *(("J/g K", "J/(kg K)", 1e3), ("J/gK", "J/(kg K)", 1e3), ("gm/cm3", "g/cm^3", 1), ("g/ccm", "g/cm^3", 1)),
        *(("unitless", "", 1), ("-", "", 1), ("%", "", 0.01), ("g/cc", "g/cm^3", 1), ("mW/mK", "W/(m K)", 1e-3)),
        *(("eV/atom", "eV", 1), ("S cm-1", "S/m", 100), ("kcal/mol", "kJ/mol", 4.184)),
    ],
)
def test_units_as_people_write_them(unit: str, into: str, number: float) -> None:
    assert factor(unit, into) == pytest.approx(number)


def test_logarithms_and_degrees_convert() -> None:
    assert conversion("log10(S/cm)", "S/m").values(pd.Series([2.0]).to_numpy())[0] == pytest.approx(1e4)
    assert conversion("degF", "K").values(pd.Series([77.0]).to_numpy())[0] == pytest.approx(298.15)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("*CCO*.CCO", "neutral molecule beside"),
        ("*CCO*.[Na+].[Cl-]", "do not neutralise"),
        ("*CC=CC*.*CC(*)C#N", "copolymer or blend"),
        ("*.*CC=CCC.*CC(*)C#N", "copolymer or blend"),
        ("*CC(*)C,*CCO*", "copolymer or blend"),
        ("{[][<]CC([>])c1ccccc1[]}", "BigSMILES"),
        ("{[$]CC[$]}", "BigSMILES"),
        ("[Cu]CCO[Au]", r"written \[Cu\] and \[Au\]; write them as '\*'"),
        ("[e]CC[e]", r"written \[e\]"),
    ],
)
def test_what_is_no_repeat_unit_is_named(written: str, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        canonical_polymer(written)


def test_counter_ions_stay() -> None:
    assert canonical_polymer("*CC(*)C(=O)[O-].[Na+]") == "*CC(*)C(=O)[O-].[Na+]"


class TestCompositions:
    @pytest.mark.parametrize("written", ["Cu2Se 1.98", "D2O", "DD0.08Fe2Ni2Sb12", "T2O"])
    def test_what_would_become_another_material_is_refused(self, written: str) -> None:
        with pytest.raises(StructureError):
            canonical_composition(written)

    def test_spaces_between_elements_are_fine(self) -> None:
        assert canonical_composition("Bi0.5 Sb1.5 Te3") == canonical_composition("Bi0.5Sb1.5Te3")
        assert canonical_composition("Dy2O3") == "Dy2O3" and canonical_composition("TiO2") == "O2Ti"


def test_a_gap_in_a_curve_costs_its_point_only(tmp_path: Path) -> None:
    header = "SID,sample_id,composition,prop_x,prop_y,unit_x,unit_y,x,y"
    curve = '1,1,PbTe,Temperature,Thermal conductivity,K,W*m^(-1)*K^(-1),"[250.0, NaN, 350.0]","[1.0, 9.0, 2.0]"'
    bad = '1,2,PbSe,Temperature,Thermal conductivity,K,W*m^(-1)*K^(-1),"[NaN]","[1.0]"'
    one = read("starrydata-curves", [long_table(tmp_path / "curves.csv", header, [curve, bad])])
    assert values(one.clean) == {("PbTe", "thermal_conductivity_inorganic"): [1.5]}
    (drop,) = balanced(one).dropped
    assert drop.reason == "x holds no number" and drop.example.column == "x"


def test_a_filter_that_only_quotes_converged_keeps_no_unconverged_run(tmp_path: Path) -> None:
    rows = [f"{u},density,1.0,g/cm^3,{p},{u != '*CCO*'}" for u, p in zip(UNITS, ["preconverged run"] * 5, strict=False)]
    path = long_table(tmp_path / "x.csv", "smiles,property,value,unit,protocol,converged", rows)
    clean = read("simulations", [path]).clean
    chosen = materials(clean, "simulation", "density", "protocol == 'preconverged run'")
    assert len(chosen.materials) == 4 and chosen.left_out["not converged"] == 1
    assert len(materials(clean, "simulation", "density", "converged in (True, False)").materials) == 5


def settings(**changes: object) -> Settings:
    raw: dict = {
        "seed": 1,
        "databases": {"a": {"releases": ["r"]}},
        "properties": {"mine": {"unit": changes.get("unit", "g/cm^3"), "range": [0.1, 1000.0]}},
        "tasks": {
            changes.get("task", "mine"): {
                "property": "mine",
                "source": {"database": "a", "filter": changes.get("filter", "")},
                "target": {"database": "a"},
                "descriptors": ["ffkm"],
            }
        },
    }
    return settings_from(raw, "params.yaml")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "furlongs per"}, ["properties.mine", "'furlongs per'", "not known"]),
        ({"unit": "degC"}, ["properties.mine", "'degC'", "write K"]),
        ({"unit": "log10(S/cm)"}, ["properties.mine", "unit: S/cm, scale: log10"]),
        ({"unit": "cc(STP)/(cm2 s cmHg)"}, ["properties.mine", "cc(STP)"]),
        ({"filter": "protcol == 'x'"}, ["tasks.mine.source", "did you mean 'protocol'"]),
        ({"filter": "value >"}, ["tasks.mine.source", "no condition"]),
        ({"task": "my task"}, ["tasks.my task", "letters"]),
        ({"task": "a/b"}, ["tasks.a/b", "letters"]),
        ({"task": "-x"}, ["letters"]),
    ],
)
def test_settings_are_checked_when_they_are_loaded(changes: dict, words: list[str]) -> None:
    with pytest.raises(SimworthError) as caught:
        settings(**changes)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("unit", ["g/ccm", "W/mK", "kcal/mol", "Barrer", "", "eV/atom", "W/m K"])
def test_units_that_can_be_read_may_stand_in_settings(unit: str) -> None:
    assert settings(unit=unit).properties["mine"].unit == unit
