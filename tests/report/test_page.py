"""The page says what valuation.json says, safely, and shows no more than may be shown."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from made_project import Project

SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Tags with their attributes, the numbers with their text, and the text people see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[tuple[str, str, str]] = []
        self.seen = ""
        self._stack: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._stack.append(tag)
        if tag == "data":
            given = dict(attrs)
            self.numbers.append((given["data-place"] or "", given["value"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, text: str) -> None:
        if "script" in self._stack or "style" in self._stack:
            return
        self.seen += text
        if self._stack and self._stack[-1] == "data":
            place, value, shown = self.numbers[-1]
            self.numbers[-1] = (place, value, shown + text)


@pytest.fixture(scope="module")
def page(project: Project) -> Page:
    return Page(project.page)


def place_in(valuation: Any, place: str) -> Any:
    for step in place.split("/"):
        valuation = valuation[int(step)] if isinstance(valuation, list) else valuation[step]
    return valuation


def test_numbers_equal_the_valuation(project: Project, page: Page) -> None:
    valuation = project.valuation
    assert len(page.numbers) > 150
    for place, value, shown in page.numbers:
        kept = place_in(valuation, place)
        if kept is None:
            assert (value, shown) in {("", "never"), ("", "unbounded")}
            continue
        assert float(value) == kept
        digits = shown.replace(",", "").replace("−", "-")  # noqa: RUF001
        if re.fullmatch(r"-?[\d.]+", digits):
            places = len(digits.partition(".")[2])
            count = place.split("/")[-1] in {"n", "low", "high"} and "required_n" in place  # rounded up, three digits
            allowed = max(1.0, 0.005 * kept) if count else 0.5 * 10.0**-places
            assert abs(abs(float(digits)) - abs(kept)) <= allowed + 1e-12, place


@pytest.mark.parametrize("task", ["refractive_index", "density", "thermal_conductivity"])
@pytest.mark.parametrize(
    "place",
    ["mae_at_n_max", "direct_mae", "law/D/value", "law/alpha/low", "law/C/high", "forecast/x2/mae", "n_max", "m",
     "direct_minus_transfer/value", "doubling_lowers_mae_by/low", "required_n/0/target"],
)  # fmt: skip
def test_every_task_shows(page: Page, task: str, place: str) -> None:
    assert f"tasks/{task}/{place}" in {found for found, _, _ in page.numbers}


def test_a_waiting_task_says_why(page: Page) -> None:
    assert "no selected release of polyinfo holds measured heat_capacity" in page.seen


def test_terms_are_explained(page: Page, project: Project) -> None:
    terms = {text.lower() for text in re.findall(r"<dfn>(.*?)</dfn>", project.page)}
    assert {"error", "release", "replicates", "scaling law", "decay rate", "transfer gap", "direct learning",
            "trial"} <= terms  # fmt: skip


def test_page_needs_nothing_else(project: Project, page: Page) -> None:
    for tag, given in page.tags:
        assert tag not in {"iframe", "object", "embed", "img", "video", "audio"}
        for name in ("src", "href", "srcset", "action"):
            link = given.get(name) or "#"
            assert link.startswith(("#", "data:")), (tag, link)
    assert "url(" not in project.page and "@import" not in project.page
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'") and "script-src 'sha256-" in policy


def test_identifiers_are_unique_and_drawings_named(page: Page) -> None:
    names = [given["id"] for _, given in page.tags if "id" in given]
    assert len(names) == len(set(names))
    drawings = [given for tag, given in page.tags if tag == "svg"]
    assert len(drawings) == 3 * 5 + 2 + 2  # curves and materials of three tasks; a grid's two; two classes with a law
    for given in drawings:
        assert given["role"] == "img"
        assert set((given["aria-labelledby"] or "").split()) <= set(names)


def test_names_from_data_stay_text(copy: Project) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    path = copy.folder / "results/predictions/density.parquet"
    table = pd.read_parquet(path)
    renamed = {item: f"{evil}{item}" for item in table["item"].unique()}
    table.assign(item=table["item"].map(renamed)).to_parquet(path)
    quality = copy.folder / "data/quality/radonpy.json"
    report = json.loads(quality.read_text())
    report["releases"][evil] = {**report["releases"].pop("PI1070"), "licence": evil, "notes": [evil]}
    report["snapshot"]["files"][0]["name"] = evil
    quality.write_text(json.dumps(report))
    assert copy.report() == 0
    tags = Page(copy.page).tags
    assert sum(tag == "script" for tag, _ in tags) == 1
    assert not any(tag == "img" or "onerror" in given for tag, given in tags)


def restrict(copy: Project) -> None:
    params = copy.folder / "params.yaml"
    text = params.read_text()
    changed = text.replace("[rhnet, openpoly]\n    redistribute: true", "[rhnet, openpoly]\n    redistribute: false")
    assert changed != text
    params.write_text(changed)


def test_aggregates_only_of_what_may_not_be_redistributed(copy: Project) -> None:
    restrict(copy)
    items = pd.read_parquet(copy.folder / "results/predictions/density.parquet")["item"].unique()
    assert copy.report() == 0
    assert not any(str(item) in copy.page for item in items)
    assert "1132.4" not in copy.page.split('id="tasks"')[0].split("polyinfo</h3>")[-1].split("<h3>polyinfo")[-1]
    assert 'id="density-parity-title"' not in copy.page and 'id="density-curve-title"' in copy.page
    assert copy.report("--private") == 0
    assert str(items[0]) in copy.page


def test_a_release_alone_can_restrict(copy: Project) -> None:
    quality = copy.folder / "data/quality/polyinfo.json"
    report = json.loads(quality.read_text())
    report["releases"]["rhnet"]["redistribute"] = False
    quality.write_text(json.dumps(report))
    assert copy.report() == 0
    assert 'id="density-parity-title"' not in copy.page


def test_same_results_give_the_same_bytes(copy: Project, project: Project) -> None:
    assert copy.report() == 0
    assert copy.page == project.page
    assert copy.valuation == project.valuation


def test_figures_stand_alone(project: Project) -> None:
    figures = sorted((project.folder / "reports/figures").iterdir())
    assert [path.name for path in figures][:3] == ["density-curve.svg", "density-in-m.svg", "density-materials.svg"]
    for path in figures:
        text = path.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg" and root.find(f"{SVG}title") is not None
        assert "var(" not in text and "data-tip" not in text and 'class="hit' not in text


def test_missing_results_are_one_line(copy: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (copy.folder / "results/fits/density.json").unlink()
    assert copy.report() == 1
    error = capsys.readouterr().err
    assert "density.json: cannot be read" in error and error.count("\n") == 1


def test_the_ledger_is_shown_over_time(copy: Project) -> None:
    ledger = copy.folder / "reports/ledger"
    assert copy.ledger() == 0
    assert copy.report("--ledger", str(ledger)) == 0
    page = Page(copy.page)
    assert "there is nothing to compare with yet" in page.seen and "No forecast could be judged yet" in page.seen
    assert page.seen.count("First entry of the task") == 3
    summary = copy.folder / "results/fits/density.json"
    fit = json.loads(summary.read_text())
    grown = {**fit["entry"], "n_max": 2120, "mae_at_n_max": fit["entry"]["forecast"]["x2"]["mae"]}
    trials = copy.folder / "results/trials/density.parquet"
    table = pd.read_parquet(trials)
    table.assign(n=table["n"] * 2).to_parquet(trials)
    summary.write_text(json.dumps({**fit, "entry": grown}))
    assert copy.ledger() == 0
    table.to_parquet(trials)
    assert copy.report("--ledger", str(ledger)) == 0
    page = Page(copy.page)
    assert "n from 1,060 to 2,120" in page.seen
    assert "1 forecast could be judged, and 1 held" in page.seen
    assert "as forecast" in page.seen and 'id="density-past-title"' in copy.page
