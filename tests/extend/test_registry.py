"""Members of registries: two of one name, from files of a project and from other packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from simworth import registry
from simworth.errors import SimworthError
from simworth.registry import load_modules
from simworth.sweep.metrics import METRICS

METRIC = """
import numpy as np
from simworth.sweep.metrics import METRICS

@METRICS.register("twice")
def twice(truth, predicted):
    \"\"\"2\"\"\"
    return 2.0
"""


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers is gone after it."""
    monkeypatch.setattr(METRICS, "_members", dict(METRICS._members))
    yield
    sys.modules.pop("their_metric", None)


def test_two_files_of_one_name_that_bring_one_metric_are_both_named(tmp_path: Path) -> None:
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "metric.py").write_text(METRIC)
    load_modules(["ours/metric.py"], tmp_path)
    load_modules(["ours/metric.py"], tmp_path)  # the same again is no second one
    with pytest.raises(SimworthError, match=r"two metrics are called 'twice'.*ours/metric.py.*theirs/metric.py"):
        load_modules(["theirs/metric.py"], tmp_path)
    assert METRICS["twice"].__module__.startswith("simworth_extension_metric")


def test_a_package_brings_a_member_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up where the package itself has no such member; a name that is taken is refused."""
    (tmp_path / "their_metric.py").write_text(METRIC)
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("twice", "their_metric", METRICS.group)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    monkeypatch.setattr(METRICS, "_loaded", False)
    assert METRICS["twice"](None, None) == 2.0  # type: ignore[arg-type]
    assert "twice" in list(METRICS)
    with pytest.raises(SimworthError, match="two metrics are called 'mae'"):
        METRICS.register("mae")(METRICS["twice"])
