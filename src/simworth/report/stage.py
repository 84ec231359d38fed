"""The report stage: every task's results and every database's quality in, valuation.json and the page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter

from simworth.config import Settings, Task, load_settings
from simworth.files import write_whole
from simworth.ledger.chain import read_ledger
from simworth.model.ensemble import CARD, any_card
from simworth.model.records import ModelCard
from simworth.records import Record
from simworth.report.databases import database_facts
from simworth.report.facts import TaskFacts, static_figures, task_facts
from simworth.report.history import past_of
from simworth.report.page import page
from simworth.report.text import interval_sentence, source_words
from simworth.valuation.backtest import Backtest, ProposedList
from simworth.valuation.compare import comparisons, rivals
from simworth.valuation.metrics_json import metrics_of
from simworth.valuation.noise import NoiseStudy
from simworth.valuation.outlook import drawn_errors
from simworth.valuation.pieces import Recipe
from simworth.valuation.records import Valuation, Valued
from simworth.valuation.result_files import ResultFolders, TaskTables
from simworth.valuation.stage import assemble

RECIPE: Final = ("learning", "descriptors", "split", "source_order", "training")
"""settings of a task that a recipe holds"""
_Left = TypeVar("_Left", bound=Record)
"""a record that a command left for the page"""


@dataclass(frozen=True, kw_only=True)
class ReportPaths(ResultFolders):
    """What the stage reads and writes."""

    valuation: Path
    page: Path
    metrics: Path | None = None
    """where the ten values of each task go, for DVC"""
    figures: Path | None = None
    """folder for each figure as a file of its own"""
    ledger: Path | None = None
    """the ledger, to be shown over time"""
    next: Path | None = None
    """folder of backtests and lists of what to simulate next"""
    models: Path | None = None
    """folder of the ensembles, whose cards say how sure a prediction is"""
    classes: Path | None = None
    """folder of the materials' classes, which comparisons draw where errors of a class correlate"""
    private: bool = False
    """True shows single materials of databases that may not be redistributed"""


def report(paths: ReportPaths) -> Valuation:
    """Run the stage; returns the valuation."""
    settings = load_settings(paths.params)
    quality = {name: paths.quality_of(name) for name in settings.databases}
    tables = {task: paths.tables(task) for task in settings.tasks}
    fits = {task: one.fit for task, one in tables.items()}
    valuation = _completed(assemble(fits, quality, settings.fit.level), settings, tables, paths.classes)
    databases = [
        database_facts(name, quality[name], database.redistribute, _properties(settings, name))
        for name, database in settings.databases.items()
    ]
    restricted = set() if paths.private else {database.name for database in databases if database.private}
    tasks = []
    for i, (name, one) in enumerate(tables.items()):
        private = bool(restricted & {one.fit.source, one.fit.target})
        facts = task_facts(name, i % 8, one, valuation.tasks[name], private, source_words(settings.tasks[name]))
        tasks.append(
            replace(
                facts,
                backtest=_left(Backtest, paths.next, f"{name}.backtest.json"),
                proposal=_left(ProposedList, paths.next, f"{name}.proposal.json"),
                noise=_left(NoiseStudy, paths.next, f"{name}.noise.json"),
                sure=_sure(paths.models, facts),
            )
        )
    past = past_of(read_ledger(paths.ledger), {task.key: task.colour for task in tasks}) if paths.ledger else None
    valuation.write(paths.valuation)
    if paths.metrics:
        metrics_of(valuation).write(paths.metrics)
    html = page(valuation, tasks, databases, past, rivals(settings, list(fits)))
    write_whole(paths.page, html.encode())
    if paths.figures:
        for name, svg in static_figures(tasks):
            write_whole(paths.figures / name, svg.encode())
    return valuation


def _left(kind: type[_Left], folder: Path | None, name: str) -> _Left | None:
    """What a command left for the page, None where it did not."""
    return kind.read(folder / name) if folder and (folder / name).is_file() else None


def _sure(models: Path | None, task: TaskFacts) -> str:
    """How sure a prediction of the task's ensemble is, '' where there is none."""
    if models is None or not isinstance(task.entry, Valued) or not (models / task.key / CARD).is_file():
        return ""
    card = any_card(models / task.key)
    return interval_sentence(card.interval, task.entry.unit) if isinstance(card, ModelCard) else ""


def _properties(settings: Settings, database: str) -> list[str]:
    """Properties of a database that tasks use, in the tasks' order."""
    used = [
        side.property
        for task in settings.tasks.values()
        for side in (task.source, task.target)
        if side.database == database
    ]
    return list(dict.fromkeys(used))


def _completed(
    valuation: Valuation, settings: Settings, tables: Mapping[str, TaskTables], classes: Path | None
) -> Valuation:
    """The valuation with the recipe behind every law, and with comparisons of the tasks that share a target."""
    tasks, valued = dict(valuation.tasks), [name for name, one in valuation.tasks.items() if isinstance(one, Valued)]
    for name in valued:
        task = settings.tasks[name]
        whole = TypeAdapter(Task).dump_python(task, mode="json")
        recipe = Recipe(settings={key: whole[key] for key in RECIPE}, found_by=task.found_by)
        tasks[name] = tasks[name].model_copy(update={"recipe": recipe})
    for group in rivals(settings, valued):
        errors = {name: drawn_errors(tables[name].trials, tables[name].predictions, name, classes) for name in group}
        for name, found in comparisons(errors, valuation.level).items():
            tasks[name] = tasks[name].model_copy(update={"compare": found})
    return valuation.model_copy(update={"tasks": tasks})
