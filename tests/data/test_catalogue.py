"""The repository's catalogue: every entry is read, and none is passed on without a licence."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.config import Property, Settings
from simworth.data.catalogue import Release, load_release
from simworth.data.containers import as_csv
from simworth.data.ingest import read_files
from simworth.digests import file_sha256

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue"
ENTRIES = {f"{path.parent.name}/{path.stem}": load_release(path) for path in sorted(CATALOGUE.glob("*/*.yaml"))}
TABLES = {name: one for name, one in ENTRIES.items() if one.reader == "table"}
UNITS = {
    "density": ("g/cm^3", 0.3, 3.0),
    "thermal_conductivity": ("W/(m K)", 0.05, 1.0),
    "refractive_index": ("", 1.2, 2.5),
    "heat_capacity": ("J/(kg K)", 300.0, 8000.0),
    "electrical_conductivity": ("S/m", 1e-12, 1e9),
    "band_gap": ("eV", 0.0, 20.0),
    "formation_energy": ("eV", -10.0, 10.0),
    "hydration_energy": ("kcal/mol", -50.0, 20.0),
    "glass_transition": ("kelvin", 100.0, 900.0),
    "melting_point": ("kelvin", 100.0, 900.0),
    "free_volume_fraction": ("", 0.0, 1.0),
    "radius_of_gyration": ("angstrom", 1.0, 100.0),
}
PROPERTIES = {name: Property(unit=unit, range=(low, high)) for name, (unit, low, high) in UNITS.items()}
SETTINGS = Settings(seed=1, databases={}, properties=PROPERTIES, tasks={})


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_says_where_it_comes_from_and_whether_it_may_be_passed_on(name: str) -> None:
    release = ENTRIES[name]
    assert release.citation and release.licence
    assert release.upstream, "its successors would go unnoticed"
    assert all(file.url.startswith("https://") and file.mirror for file in release.files)
    open_licences = ("MIT", "CC-BY", "BSD-3-Clause")
    assert release.redistribute == release.licence.startswith(open_licences)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_by_its_mapping(name: str, mirror: Path, tmp_path: Path) -> None:
    """Its hash, and the first records by the mapping: most are believed, in the property's unit."""
    release: Release = TABLES[name]
    assert release.table is not None
    (file,) = release.files
    path = mirror / file.mirror
    assert file_sha256(path) == file.sha256 and path.stat().st_size == file.bytes
    lines = as_csv(path).decode("utf-8-sig").splitlines()[:120]
    cut = tmp_path / "cut.csv"
    cut.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = read_files(SETTINGS, name, "table", [cut], release.units, release.table)
    assert set(read.clean["property"]) == {one for one in release.table.values if one in set(read.clean["property"])}
    assert len(read.clean) > 60 and set(read.clean["role"]) == {release.table.role}
    assert read.clean["item"].nunique() > 50
