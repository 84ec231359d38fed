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

from simworth.__main__ import main
from simworth.report.text import raised_exponent
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Fit, Valued
from simworth.valuation.settle import decisions, open_question
from simworth.valuation.words import VERDICTS, parameter, parameter_span

SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Tags with their attributes, the numbers with their text, and the text people see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[tuple[str, str]] = []
        self.seen = ""
        self._stack: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._stack.append(tag)
        if tag == "data":
            self.numbers.append((dict(attrs)["value"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, text: str) -> None:
        if "script" in self._stack or "style" in self._stack:
            return
        self.seen += text
        if self._stack and self._stack[-1] == "data":
            value, shown = self.numbers[-1]
            self.numbers[-1] = (value, shown + text)


@pytest.fixture(scope="module")
def page(project: Project) -> Page:
    return Page(project.page)


def numbers_in(node: Any) -> set[float]:
    """Every number of a JSON document."""
    if isinstance(node, dict | list):
        return set().union(*(numbers_in(one) for one in (node.values() if isinstance(node, dict) else node)))
    return {abs(float(node))} if isinstance(node, int | float) else set()


def test_numbers_are_those_of_the_valuation(project: Project, page: Page) -> None:
    """Each is the valuation's to the last digit, and what is shown is that number rounded."""
    held = numbers_in(json.loads(project.valuation.to_json()))
    assert len(page.numbers) > 120
    for value, shown in page.numbers:
        if not value:
            assert shown in {"never", "unbounded"}
            continue
        assert abs(float(value)) in held, (value, shown)
        digits = shown.replace(",", "").replace("−", "-")  # noqa: RUF001
        if re.fullmatch(r"-?[\d.]+", digits):
            allowed = max(0.5 * 10.0 ** -len(digits.partition(".")[2]), 0.005 * abs(float(value)))
            assert abs(abs(float(digits)) - abs(float(value))) <= allowed + 1e-12, (value, shown)


@pytest.mark.parametrize("task", ["refractive_index", "density", "thermal_conductivity"])
def test_every_task_shows(project: Project, page: Page, task: str) -> None:
    entry, shown = project.entry(task), {value for value, _ in page.numbers}
    assert entry.direct_mae is not None and entry.direct_minus_transfer is not None
    for number in (
        entry.mae_at_n_max, entry.direct_mae, entry.forecast["x2"].mae, entry.direct_minus_transfer.value,
        entry.doubling_lowers_mae_by.value, entry.required_n[0].target,
    ):  # fmt: skip
        assert repr(float(number)) in shown
    for name in STUDY_LAW:
        assert str(raised_exponent(parameter(entry.law, name))) in page.seen
        assert str(raised_exponent(parameter_span(entry.law, name))) in page.seen


@pytest.mark.parametrize("task", ["refractive_index", "density", "thermal_conductivity"])
def test_one_verdict_and_one_reason_everywhere(
    copy: Project, page: Page, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terminal, page and history say the same sentence, and how an open verdict ends; MLflow's is tested with the
    publisher."""
    entry = copy.entry(task)
    said = f"{entry.verdict}: {VERDICTS[entry.verdict]}; {entry.verdict_reason}"
    ends = open_question(entry.excluded, entry.to_settle) if entry.verdict == "inconclusive" else ""
    assert said[1:] in page.seen and ends[1:] in " ".join(page.seen.split())
    assert copy.report() == 0
    shown = " ".join(capsys.readouterr().out.split())
    decided = decisions(entry)
    assert len(decided) >= 2  # the gain, and the n of less error
    assert said in shown and ends in shown and all(text[1:] in shown for text in decided)
    assert copy.ledger() == 0
    assert main(["history", "--ledger", str(copy.folder / "reports/ledger")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown and ends in shown and all(text in shown for text in decided)


def test_what_no_descriptor_takes_is_counted_by_class(page: Page) -> None:
    assert "left out: 4 simulated polysiloxanes; 1 measured of no known class." in " ".join(page.seen.split())


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
    path = copy.folder / "results/fits/density.json"
    fit = Fit.read(path)
    assert isinstance(fit.entry, Valued)
    grown = fit.entry.model_copy(update={"n_max": 2120, "mae_at_n_max": fit.entry.forecast["x2"].mae})
    trials = copy.folder / "results/trials/density.parquet"
    table = pd.read_parquet(trials)
    table.assign(n=table["n"] * 2).to_parquet(trials)
    fit.model_copy(update={"entry": grown}).write(path)
    assert copy.ledger() == 0
    table.to_parquet(trials)
    assert copy.report("--ledger", str(ledger)) == 0
    page = Page(copy.page)
    assert "n from 1,060 to 2,120" in page.seen
    assert "1 forecast could be judged, and 1 held" in page.seen
    assert "as forecast" in page.seen and 'id="density-past-title"' in copy.page
