"""Past valuations as a site: the repository's own valuation under two tags."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simworth.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two tagged valuations; the older one's page is gone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports/summaries").mkdir(parents=True)
    (tmp_path / "reports/valuation.json").write_bytes((ROOT / "reports/valuation.json").read_bytes())
    for command in (
        ["git", "init", "-q"],
        ["git", "config", "user.email", "a@b.c"],
        ["git", "config", "user.name", "a"],
        ["git", "commit", "-q", "--allow-empty", "-m", "nothing yet"],
        ["git", "tag", "unrelated"],
        [sys.executable, "-m", "dvc", "init", "-q"],
    ):
        subprocess.run(command, check=True)
    _tag("first")
    (tmp_path / "reports/index.html").write_text("<p>the page</p>")
    (tmp_path / "reports/summaries/second.md").write_text("# second\n\nwhat <changed>\n")
    _tag("second")
    return tmp_path


def _tag(name: str) -> None:
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-qm", name], check=True)
    subprocess.run(["git", "tag", name], check=True)


def test_every_tag_has_its_page_and_the_newest_its_badges(tagged: Path) -> None:
    assert main(["site", "--out", "site", "--address", "https://example.org/v/"]) == 0
    index = (tagged / "site/index.html").read_text()
    assert 'href="second/index.html"' in index
    assert 'href="first/index.html"' not in index
    assert "Its page is no longer kept" in index
    assert (tagged / "site/second/index.html").read_text() == "<p>the page</p>"
    assert (tagged / "site/first/valuation.json").is_file()
    feed = json.loads((tagged / "site/feed.json").read_text())
    by_id = {item["id"]: item for item in feed["items"]}
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert by_id["second"]["url"] == "https://example.org/v/second/index.html"
    assert by_id["second"]["content_text"] == "# second\n\nwhat <changed>"
    tasks = json.loads((tagged / "reports/valuation.json").read_text())["tasks"]
    assert {path.stem for path in (tagged / "site/badges").iterdir()} == set(tasks)
    label = ElementTree.parse(tagged / "site/badges/density.svg").getroot().attrib["aria-label"]
    assert label.startswith("density: ")
    assert label.endswith(tasks["density"]["verdict"])


def test_the_newest_comes_first_whatever_its_clock_and_other_names_say(
    tagged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, date in (("earlier", "2031-01-02T01:00:00+14:00"), ("later", "2031-01-01T20:00:00-10:00")):
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        (tagged / "reports/index.html").write_text(name)
        _tag(name)
    subprocess.run(["git", "branch", "later", "earlier"], check=True)
    assert main(["site", "--out", "site"]) == 0
    items = json.loads((tagged / "site/feed.json").read_text())["items"]
    assert [item["id"] for item in items] == ["later", "earlier", "second", "first"]
    assert [item["url"] for item in items][2:] == ["second/index.html", "first/valuation.json"], "what there is"
    assert (tagged / "site/later/index.html").read_text() == "later"


def test_a_project_without_tags_is_told(tagged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "tag", "-d", "first", "second"], check=True, capture_output=True)
    assert main(["site"]) == 1
    assert "no tag names a commit with reports/valuation.json" in capsys.readouterr().err
