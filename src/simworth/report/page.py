"""The report as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from itertools import permutations

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from simworth.report.answers import extension, headline, title, waiting
from simworth.report.databases import DatabaseFacts, left_out, rows_unused
from simworth.report.facts import TaskFacts
from simworth.report.history import Past
from simworth.report.text import (
    MINUS,
    between,
    error_between,
    number,
    percent,
    pretty_unit,
    raised_exponent,
    simulations,
    whole,
)
from simworth.valuation.backtest import order_sentence
from simworth.valuation.classes import RULE
from simworth.valuation.compare import equal_sentence
from simworth.valuation.noise import replicates_sentence
from simworth.valuation.pieces import Comparison
from simworth.valuation.records import Valuation, Valued
from simworth.valuation.settle import open_question
from simworth.valuation.surface import METHODS
from simworth.valuation.words import (
    GAPS,
    NOW,
    against_direct,
    count,
    decimals,
    drawn_sentence,
    figure,
    form_sentence,
    needed_span,
    parameter,
    parameter_span,
    share,
    span,
    verdict_sentence,
)


def page(
    valuation: Valuation,
    tasks: Sequence[TaskFacts],
    databases: Sequence[DatabaseFacts],
    past: Past | None,
    rivals: Sequence[Sequence[str]],
) -> str:
    """HTML that needs no other file. `tasks` and `databases` in the order in which they are shown, `rivals`: groups of
    tasks that share a target."""
    css, script = Markup(_read("page.css") + _read("chart.css")), Markup(_read("page.js"))
    environment = _environment()
    environment.filters["noise_of"] = lambda task: noise_sentence(task, databases)
    return environment.from_string(_read("page.html")).render(
        css=css,
        script=script,
        script_hash=_hash(script),
        level=f"{100 * valuation.level:g} %",
        headline=headline(valuation.tasks, all(task.words.kind == "simulated" for task in tasks)),
        extension=extension(valuation.tasks),
        answers=_by_source(tasks, databases),
        databases=databases,
        tasks=tasks,
        scaling=_by_property(tasks),
        gaps=GAPS,
        methods=METHODS,
        rule=RULE,
        past=past,
        rivals=_side_by_side(tasks, rivals),
    )


def _by_source(
    tasks: Sequence[TaskFacts], databases: Sequence[DatabaseFacts]
) -> list[tuple[DatabaseFacts, list[TaskFacts]]]:
    grouped = [(database, [task for task in tasks if task.fit.source == database.name]) for database in databases]
    return [(database, members) for database, members in grouped if members]


def _side_by_side(tasks: Sequence[TaskFacts], rivals: Sequence[Sequence[str]]) -> list[list[TaskFacts]]:
    """Valued tasks that share a target, where there are several."""
    valued = {task.key: task for task in tasks if isinstance(task.entry, Valued)}
    groups = [[valued[key] for key in group if key in valued] for group in rivals]
    return [group for group in groups if len(group) > 1]


def _pairs_of(group: Sequence[TaskFacts]) -> list[tuple[TaskFacts, TaskFacts, Comparison]]:
    """Comparisons within a group, in both directions."""
    return [
        (one, other, one.entry.compare[other.key])
        for one, other in permutations(group, 2)
        if isinstance(one.entry, Valued) and other.key in one.entry.compare
    ]


def _by_property(tasks: Sequence[TaskFacts]) -> dict[str, dict[str, TaskFacts]]:
    """source database -> property -> the first task that values it, or else learns from it."""
    found: dict[str, dict[str, TaskFacts]] = {}
    for task in tasks:
        found.setdefault(task.fit.source, {}).setdefault(task.summary.property, task)
    for task in tasks:  # a property may be learned from for the sake of another
        found[task.fit.source].setdefault(task.words.taken, task)
    return found


def noise_sentence(task: TaskFacts, databases: Sequence[DatabaseFacts]) -> str:
    """How the error at n_max compares with the scatter of repeated simulations and measurements; '' where unknown."""
    known = {
        (database.name, name): held.median_relative_spread
        for database in databases
        for name, held in database.properties.items()
    }
    prop = task.summary.property
    simulated, measured = (known.get((getattr(task.fit, side), prop)) for side in ("source", "target"))
    parts = []
    if simulated is not None:
        parts.append(f"repeated simulations of one material scatter by {percent(simulated)}")
    if measured is not None:
        parts.append(f"repeated measurements by {percent(measured)}")
    if not parts or task.relative_error is None:
        return ""
    text = f"{' and '.join(parts)} (median standard deviation); the error at the largest n is "
    return f"{text[:1].upper()}{text[1:]}{percent(task.relative_error)} of the typical measured value."


def _environment() -> Environment:
    environment = Environment(
        autoescape=True, loader=FunctionLoader(_read), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "title_of": title,
        "waiting_of": waiting,
        "pretty_unit": pretty_unit,
        "count": count,
        "decimals": decimals,
        "num": number,
        "whole": whole,
        "simulations": simulations,
        "between": between,
        "error_between": error_between,
        "parameter": lambda law, name: raised_exponent(parameter(law, name)),
        "parameter_span": lambda law, name: raised_exponent(parameter_span(law, name)),
        "needed_span": lambda row, n_max: needed_span(row.low, row.high, n_max),
        "verdict_sentence": lambda entry: verdict_sentence(entry.verdict, entry.verdict_reason),
        "drawn_sentence": drawn_sentence,
        "form_sentence": lambda entry: raised_exponent(form_sentence(entry)),
        "now_of": lambda entry: NOW[against_direct(entry)],
        "ends_with": lambda entry: raised_exponent(open_question(entry.excluded, entry.to_settle)),
        "figure": lambda number: raised_exponent(figure(number)),
        "figure_or": lambda number, other: other if number is None else raised_exponent(figure(number)),
        "span_to": lambda low, high: span(low, high).replace("-", MINUS),
        "percent": percent,
        "share": lambda fraction: raised_exponent(share(fraction)),
        "order_sentence": order_sentence,
        "replicates_sentence": replicates_sentence,
        "share_between": lambda gain: f"{share(gain.low)} to {share(gain.high)}".replace("-", MINUS),
        "pairs_of": _pairs_of,
        "left_out": left_out,
        "rows_unused": rows_unused,
        "equal_sentence": lambda found, task, other: equal_sentence(title(task), title(other), found),
        "capitalize_first": lambda text: text if text.startswith("n ") else text[:1].upper() + text[1:],
    }
    return environment


def _read(name: str) -> str:
    return resources.files("simworth.report").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """The script's digest as a content security policy names it: no other script runs on the page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
