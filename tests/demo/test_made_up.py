"""What is made up: valid, distinct, of a known truth, and read by the real readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from simworth.config import load_settings
from simworth.data.ingest import read_files
from simworth.data.kinds.polymer import canonical_polymer
from simworth.demo.hidden import World
from simworth.demo.kinds import COMPOSITION, PAIR, MadeUpKind, structural_features
from simworth.demo.materials import MOST, SEGMENTS, SIDE_GROUPS, compose_polymers
from simworth.demo.tables import COMPOSITIONS, MEASURED, SCALES, choose_polymers, made_up
from simworth.errors import SimworthError
from simworth.features import ffkm

ROOT = Path(__file__).parents[2]
WORLD = World(3)


@pytest.fixture(scope="module")
def polymers() -> list[str]:
    return compose_polymers(600, np.random.default_rng(0))


def test_polymers_are_distinct_canonical_repeat_units(polymers: list[str]) -> None:
    assert len(set(polymers)) == 600
    assert all(Chem.MolFromSmiles(text) is not None and text.count("*") == 2 for text in polymers)
    assert [canonical_polymer(text) for text in polymers[:100]] == polymers[:100]


def test_a_longer_draw_begins_with_the_shorter_one(polymers: list[str]) -> None:
    assert compose_polymers(50, np.random.default_rng(0)) == polymers[:50]
    assert compose_polymers(50, np.random.default_rng(1)) != polymers[:50]


def test_every_piece_of_the_grammar_is_valid() -> None:
    for segment in SEGMENTS:
        for side in SIDE_GROUPS:
            text = "*" + segment.smiles.format(*[side] * segment.smiles.count("{}")) + "*"
            assert Chem.MolFromSmiles(text) is not None, text


def test_every_polymer_can_be_described(polymers: list[str]) -> None:
    assert not np.isnan(ffkm(polymers[:40])).any()


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_more_than_there_are_is_refused(count: int) -> None:
    with pytest.raises(SimworthError, match="1 to 100000"):
        compose_polymers(count, np.random.default_rng(0))


@pytest.mark.soak
def test_a_hundred_thousand_can_be_composed() -> None:
    assert len(set(compose_polymers(MOST, np.random.default_rng(0)))) == MOST


@pytest.mark.parametrize("prop", SCALES)
def test_f_and_g_are_standard_and_uncorrelated(prop: str, polymers: list[str]) -> None:
    f, g = WORLD.truth(prop, polymers), WORLD.simulated(prop, polymers, 1.0)
    for values in (f, g):
        assert abs(values.mean()) < 0.15
        assert 0.85 < values.std() < 1.15
    assert abs(np.corrcoef(f, g)[0, 1]) < 0.2


def test_a_simulation_knows_as_much_as_its_bias_leaves(polymers: list[str]) -> None:
    f = WORLD.truth("density", polymers)
    np.testing.assert_array_equal(WORLD.simulated("density", polymers, 0.0), f)
    for bias in (0.3, 0.6, 0.9):
        found = np.corrcoef(f, WORLD.simulated("density", polymers, bias))[0, 1]
        assert found == pytest.approx(np.sqrt(1 - bias**2), abs=0.08)


def test_truth_depends_on_world_and_property_alone(polymers: list[str]) -> None:
    f = WORLD.truth("density", polymers)
    np.testing.assert_array_equal(World(3).truth("density", polymers[:9]), f[:9])
    assert abs(np.corrcoef(f, World(4).truth("density", polymers))[0, 1]) < 0.9
    assert abs(np.corrcoef(f, WORLD.truth("heat_capacity", polymers))[0, 1]) < 0.9


def test_truth_is_a_smooth_function_of_structure(polymers: list[str]) -> None:
    """Nearer neighbours in structural features have nearer values; equal features equal values."""
    features, f = structural_features(polymers), WORLD.truth("density", polymers)
    seen = (features - features.mean(0)) / features.std(0)
    apart = np.linalg.norm(seen[:, None] - seen, axis=2)
    upper = np.triu_indices(len(f), 1)
    difference = np.abs(f[:, None] - f)[upper]
    near = apart[upper] < np.quantile(apart[upper], 0.02)
    assert difference[near].mean() < 0.6 * difference.mean()


def test_a_larger_database_keeps_the_polymers_of_a_smaller() -> None:
    small, large = choose_polymers(WORLD, 400), choose_polymers(WORLD, 500)
    assert large.simulated[:400] == small.simulated
    assert large.measured == small.measured
    assert len(small.simulated) == len(set(small.simulated)) == 400
    assert 0 < len(set(small.simulated) & set(small.measured)) < MEASURED


def test_the_real_readers_read_the_made_up_files(tmp_path: Path) -> None:
    settings, chosen = load_settings(ROOT / "params.yaml"), choose_polymers(WORLD, 200)
    known, found = {*chosen.simulated, *chosen.measured}, {}
    for one in made_up(WORLD, 200, 0.5):
        path = tmp_path / one.file
        one.table.to_csv(path, index=False)
        read = read_files(settings, one.release, one.reader, [path], {}).clean
        found[one.reader] = read
        expected = {"PI1070": 4 * 200, "polyinfo": usable(one.table) if one.reader == "polyinfo" else 0}
        assert len(read) == expected.get(one.reader, len(one.table)), one.reader
    for reader in ("PI1070", "polyinfo"):
        assert set(found[reader]["property"]) == set(SCALES) and set(found[reader]["structure"]) <= known
    assert set(found["chi-measured"]["item"]) <= set(found["chi-simulated"]["item"])
    assert found["chi-measured"]["item"].nunique() == len(found["chi-measured"]) == 50
    assert found["starrydata-2019"].groupby("property")["item"].nunique().eq(COMPOSITIONS).all()


@pytest.mark.parametrize("kind", [PAIR, COMPOSITION])
def test_pairs_and_compositions_have_a_truth_too(kind: MadeUpKind) -> None:
    things = kind.compose(np.random.default_rng(8))[:400]
    f, g = WORLD.truth("other", things, kind), WORLD.simulated("other", things, 1.0, kind)
    assert abs(f.mean()) < 0.25 and 0.8 < f.std() < 1.2 and abs(np.corrcoef(f, g)[0, 1]) < 0.25
    close = np.sqrt(1 - 0.6**2)
    assert np.corrcoef(f, WORLD.simulated("other", things, 0.6, kind))[0, 1] == pytest.approx(close, abs=0.1)


def usable(table: pd.DataFrame) -> int:
    """Measurements that the PoLyInfo reader must keep."""
    return int(((table["temperature"] < 323) & (table["state"] != "semicrystalline")).sum())


def test_values_lie_in_the_ranges_that_are_believed() -> None:
    settings = load_settings(ROOT / "params.yaml")
    for prop, scale in SCALES.items():
        low, high = settings.properties[prop].range
        assert np.all((scale.physical(np.array([-50.0, 50.0])) - [low, high]) * [1, -1] > 0)
