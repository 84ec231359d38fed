"""Heat capacities that name no licence are valued by the commands of docs/databases.md, and stay here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from simworth.data.private import VARIABLES
from simworth.valuation.records import Fit, Valued
from tests.soak.project import ROOT, cloned

pytestmark = pytest.mark.soak


def test_the_commands_of_the_page_value_it(tmp_path: Path, mirror: Path) -> None:
    page = (ROOT / "docs" / "databases.md").read_text(encoding="utf-8")
    section = page.partition("## Heat capacity, from values without a stated licence")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)
    project = cloned(tmp_path / "clone", mirror)
    project.run("bash", "-ec", block)
    fit = Fit.read(project.root / "results/fits/heat_capacity.json")
    assert isinstance(fit.entry, Valued)
    assert fit.entry.materials > 110, "of 118; some hold silicon or cannot be described"
    assert (fit.source, fit.target) == ("radonpy", "polygraphmt_measured")
    remotes = yaml.safe_load((project.root / VARIABLES).read_text(encoding="utf-8"))
    assert "private" in str(remotes), "what holds these values has a remote of its own"
    changed = project.git("status", "--porcelain", "--untracked-files=all").split()
    assert not [name for name in changed if "polygraphmt" in name and not name.endswith((".dvc", ".gitignore"))]
