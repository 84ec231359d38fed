"""Records and registries: what is written is read back, what is wrong is named."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from simworth.errors import SimworthError
from simworth.estimate import Estimate
from simworth.records import EstimateField, Record
from simworth.registry import Registry, load_modules


class Curve(Record):
    task: str
    """task's name"""
    gap: EstimateField
    """transfer gap, property's unit"""


def test_a_record_is_read_back_with_six_digits_and_null_for_unbounded(tmp_path: Path) -> None:
    path = tmp_path / "curve.json"
    Curve(task="density", gap=Estimate(0.123456789, 0.0, math.inf)).write(path)
    assert '"high": null' in path.read_text()
    assert Curve.read(path) == Curve(task="density", gap=Estimate(0.123457, 0.0, math.inf))


def test_a_wrong_record_names_file_field_and_way_out(tmp_path: Path) -> None:
    path = tmp_path / "curve.json"
    path.write_text('{"task": 3}')
    with pytest.raises(SimworthError, match=r"curve\.json: task: .*dvc repro"):
        Curve.read(path)
    with pytest.raises(SimworthError, match="cannot be read"):
        Curve.read(tmp_path / "none.json")


def test_a_member_comes_from_a_module_of_the_projects_own(tmp_path: Path) -> None:
    (tmp_path / "mine_registry_test.py").write_text(
        "from tests.test_records import COLOURS\n\n\n@COLOURS.register('red')\ndef red() -> int:\n    return 1\n"
    )
    load_modules(["mine_registry_test.py"], tmp_path)
    assert COLOURS["red"]() == 1  # type: ignore[operator]
    with pytest.raises(SimworthError, match="did you mean 'red'"):
        COLOURS["rad"]


def test_a_module_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimworthError, match=r"modules: 'none\.py' is no file here"):
        load_modules(["none.py"], tmp_path)
    (tmp_path / "broken_registry_test.py").write_text("1 / 0\n")
    with pytest.raises(SimworthError, match="ZeroDivisionError"):
        load_modules(["broken_registry_test.py"], tmp_path)


def test_two_members_of_one_name_are_refused() -> None:
    registry: Registry[object] = Registry("thing", "simworth.things")
    registry.add("a", test_a_record_is_read_back_with_six_digits_and_null_for_unbounded)
    with pytest.raises(SimworthError, match="two things are called 'a'"):
        registry.add("a", test_a_module_that_is_missing_or_broken_is_named)


COLOURS: Registry[object] = Registry("colour", "simworth.colours")
