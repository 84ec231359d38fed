"""The past valuations as a static site: an index over all tags, each valuation's page, a JSON feed, badges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader

from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.git import git
from simworth.ledger.revision import NotKept, Revision
from simworth.report.text import named, pretty_unit
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Valuation, Valued
from simworth.valuation.words import figure, parameter

VALUATION: Final = "reports/valuation.json"
PAGE: Final = "reports/index.html"
COLOURS: Final = {"scaling": "#1a7f37", "saturated": "#9a6700", "not scaling": "#9a6700", "harm": "#cf222e"}
"""of a badge, by verdict; grey for any other"""


@dataclass(frozen=True)
class Tagged:
    """A valuation that a tag names."""

    tag: str
    date: str
    """of the commit, ISO 8601"""
    valuation: Valuation
    page: bytes | None
    """None where DVC no longer holds it"""
    summary: str
    """in Markdown, '' where none was written"""

    @property
    def folder(self) -> str:
        return self.tag.replace("/", "-")


def site(root: Path, out: Path, address: str = "") -> list[str]:
    """Write the site of the project at `root` into `out`; the tags that it shows, the newest first.

    `address` is where the site will lie, for the feed. SimworthError where no tag names a valuation.
    """
    found = tagged(root)
    if not found:
        raise SimworthError(f"{root}: no tag names a commit with {VALUATION}; tag a valuation first")
    for one in found:
        if one.page is not None:
            write_whole(out / one.folder / "index.html", one.page)
        write_whole(out / one.folder / "valuation.json", one.valuation.to_json().encode())
        if one.summary:
            write_whole(out / one.folder / "summary.md", one.summary.encode())
    write_whole(out / "index.html", _index(found).encode())
    write_whole(out / "feed.json", _feed(found, address).encode())
    for task, entry in found[0].valuation.tasks.items():
        write_whole(out / "badges" / f"{task}.svg", badge(task, entry if isinstance(entry, Valued) else None).encode())
    return [one.tag for one in found]


def tagged(root: Path) -> list[Tagged]:
    """Valuations that tags name, the newest first."""
    listed = git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags", folder=root) or ""
    found = []
    for tag in listed.splitlines():
        # refs/tags/ and the commit, since a branch may have the tag's name
        shown = git("log", "-1", "--format=%H %cI", f"refs/tags/{tag}", "--", folder=root) or ""
        commit, _, date = shown.partition(" ")
        revision = Revision(root, commit)
        if not commit or (text := revision.text(VALUATION)) is None:
            continue
        try:
            page = revision.content(PAGE)
        except NotKept:
            page = None
        summary = revision.text(f"reports/summaries/{tag}.md") or ""
        found.append(Tagged(tag, date, Valuation.from_json(text, f"{VALUATION} of {tag}"), page, summary))
    return sorted(found, key=lambda one: (datetime.fromisoformat(one.date), one.tag), reverse=True)


def _index(found: list[Tagged]) -> str:
    environment = Environment(loader=PackageLoader("simworth.pipeline", "."), autoescape=True, trim_blocks=True)
    rows = [(one, [_cells(task, entry) for task, entry in one.valuation.tasks.items()]) for one in found]
    badges = [(task, named(task)) for task in found[0].valuation.tasks]
    return environment.get_template("site.html").render(rows=rows, badges=badges)


def _cells(task: str, entry: object) -> list[str]:
    if not isinstance(entry, Valued):
        return [named(task), "", "", "", "", "not valued"]
    law = [parameter(entry.law, name) for name in STUDY_LAW]
    return [named(task), f"{figure(entry.mae_at_n_max)} {pretty_unit(entry.unit)}".strip(), *law, entry.verdict]


def _feed(found: list[Tagged], address: str) -> str:
    """JSON Feed 1.1 (jsonfeed.org)."""
    base = f"{address.rstrip('/')}/" if address else ""
    items = [
        {
            "id": one.tag,
            "url": f"{base}{one.folder}/{'valuation.json' if one.page is None else 'index.html'}",
            "title": one.tag,
            "date_published": one.date,
            "content_text": one.summary or one.tag,
        }
        for one in found
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "SimWorth valuations", "items": items}
    return json.dumps(feed, indent=2, ensure_ascii=False) + "\n"


def badge(task: str, entry: Valued | None) -> str:
    """An SVG that shows a task's error and verdict."""
    said = f"{figure(entry.mae_at_n_max)} {pretty_unit(entry.unit)}".strip() if entry else "not valued"
    text = f"{said}, {entry.verdict}" if entry else said
    left, right = 7 * len(named(task)) + 12, 7 * len(text) + 12
    colour = COLOURS.get(entry.verdict, "#57606a") if entry else "#57606a"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(named(task))}: {escape(text)}"><rect width="{left}" height="20" fill="#24292f"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        '<g fill="#fff" font-family="Verdana,sans-serif" font-size="11">'
        f'<text x="6" y="14">{escape(named(task))}</text><text x="{left + 6}" y="14">{escape(text)}</text></g></svg>\n'
    )
