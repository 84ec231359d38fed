"""Names that come from data are text on the page, and no cell of a plot's table is a name at all."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from typing import Any

from made_project import Project

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
FREE_TEXT = {"reader", "licence", "citation", "reason", "file", "column", "value", "unit", "date"}


def hostile(node: Any) -> Any:
    """The same report, in which every text of a release and every name of a class is an attack."""
    if isinstance(node, dict):
        found = {
            key: ATTACK if key in FREE_TEXT and isinstance(value, str) else hostile(value)
            for key, value in node.items()
        }
        if "classes" in found:
            found["classes"] = {ATTACK + name: count for name, count in found["classes"].items()}
        if "notes" in found:
            found["notes"] = [ATTACK]
        if "releases" in found:
            found["releases"] = {ATTACK + name: release for name, release in found["releases"].items()}
        return found
    return [hostile(one) for one in node] if isinstance(node, list) else node


class Seen(HTMLParser):
    """Elements that would do something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts, self.handlers, self.sources = 0, 0, []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.handlers += sum(name.startswith("on") for name, _ in attrs)
        self.sources += [value for name, value in attrs if name == "src"]


def test_names_cannot_inject_html(copy: Project) -> None:
    before = Seen(copy.page)
    for path in sorted((copy.folder / "data/quality").glob("*.json")):
        path.write_text(json.dumps(hostile(json.loads(path.read_text()))), encoding="utf-8")
    for path in sorted((copy.folder / "results/fits").glob("*.json")):
        path.write_text(path.read_text().replace("polystyrenes", json.dumps(ATTACK)[1:-1]), encoding="utf-8")
    assert copy.report() == 0
    assert "alert(1)" in copy.page, "the names are shown"
    after = Seen(copy.page)
    assert (after.scripts, after.handlers, after.sources) == (before.scripts, 0, before.sources)
    assert "<script>alert" not in copy.page and "<img src=x" not in copy.page
    assert "{{7*7}}" in copy.page, "and are no templates"


def test_plot_tables_hold_numbers_alone(copy: Project) -> None:
    """No cell can be a formula of a spreadsheet's."""
    tables = sorted((copy.folder / "results/curves").glob("*.csv"))
    assert tables
    for path in tables:
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        assert header == ["n", "mae", "low", "high", "law"]
        assert all(cell == "" or float(cell) >= 0 for row in rows for cell in row)
