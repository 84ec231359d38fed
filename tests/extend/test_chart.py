"""docs/extend/chart.md, executed: a chart from outside the package is drawn on the page by the real stages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.report import facts  # noqa: F401  registers the charts of the package before they are copied
from simworth.report.charts import CHARTS
from tests.extend.pages import write_files
from tests.stages import fitted_project


def test_a_chart_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHARTS, "_members", dict(CHARTS._members))  # other tests' pages are without it
    project = fitted_project(tmp_path)
    write_files("extend/chart.md", project.root)
    path = project.root / "params.yaml"
    own = YAML(typ="safe").load((project.root / "chart.yaml").read_text())
    path.write_text(f"modules: {own['modules']}\n" + path.read_text())
    project.run("scaling-report")
    page = (project.root / "reports/index.html").read_text(encoding="utf-8")
    (svg,) = re.findall(r'<svg[^>]*aria-labelledby="density-explained-title.*?</svg>', page, re.DOTALL)
    assert svg.count('class="point"') == 5
    assert "<h4>How much is explained</h4>" in page and "Median and quartiles over trials." in page
    alone = (project.root / "reports/figures/density-explained.svg").read_text(encoding="utf-8")
    assert "var(--" not in alone and alone.count('class="point"') == 5
