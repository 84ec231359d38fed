"""Commands that say what comes next: backtest, noise, propose, allocate."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from simworth.cli.options import FILE, Finite, classes, folder, params, tables, together
from simworth.cli.registry import command
from simworth.errors import SimworthError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from simworth.model.propose import ProposalInputs

_MONEY: Final = Finite(1e-6, 1e15)
fits = folder("--fits", "fits, which say what intervals draw", "results/fits")
known_files = together(
    folder("--prepared", "prepared tasks", "data/prepared"),
    folder("--models", "folder of the ensembles, models/TASK/", "models"),
    folder("--fits", "fits, whose classes' gains count", "results/fits"),
)
"""what a task knows when the next materials are chosen"""


@command(
    "backtest",
    "whether an order of simulations beats random draws",
    "simworth backtest density --orders proposed,nearest --trials 10",
)
@click.argument("task")
@params
@folder("--prepared", "prepared tasks", "data/prepared")
@click.option("--orders", help="registered source orders  [default: nearest,farthest,proposed]")
@click.option("--trials", type=click.IntRange(2), help="of each order  [default: the task's]")
@click.option("--n-max", type=click.IntRange(10), help="largest n  [default: the last below all simulations]")
@folder("--clean", "clean tables, whose measurements a backtest of pooled releases takes", "data/clean")
@classes
@fits
@folder("--reports", "where TASK.backtest.json goes, which the page shows", "reports/next")
def backtest_command(
    task: str,
    params: Path,
    prepared: Path,
    orders: str | None,
    clean: Path,
    classes: Path,
    fits: Path,
    reports: Path,
    **given: Any,
) -> None:
    """Train TASK with its simulations in other orders, at its own sizes, and compare each with random draws on the same
    test materials. TASK may be one of the `backtests` of params.yaml, with its settings. Finished work is kept and
    never done twice; random draws are those of the task's sweep."""
    from simworth.config import backtest_of, load_settings
    from simworth.model.backtest import BacktestFolders, run_backtest

    settings = load_settings(params)
    own = {name: value for name, value in given.items() if value is not None}
    own |= {"orders": tuple(name.strip() for name in orders.split(",") if name.strip())} if orders else {}
    folders = BacktestFolders(prepared, clean, classes, fits, reports)
    run_backtest(settings, replace(backtest_of(settings, task), **own), folders, click.echo)


@command(
    "noise",
    "replicates or new structures: what less noise in the simulations would buy",
    "simworth noise density --trials 10",
)
@click.argument("task")
@params
@click.option("--trials", type=click.IntRange(2), help="[default: the task's]")
@folder("--prepared", "prepared tasks", "data/prepared")
@classes
@folder("--fits", "fits, whose laws say what more structures bring", "results/fits")
@folder("--reports", "where TASK.noise.json goes, which the page shows", "reports/next")
def noise_command(
    task: str, params: Path, trials: int | None, prepared: Path, classes: Path, fits: Path, reports: Path
) -> None:
    """Train TASK at all its simulations with as much noise again as their replicates show, and say what half of it
    would buy, against twice as many structures by the law."""
    from simworth.model.noise import NoiseFolders, noise_study
    from simworth.valuation.noise import replicates_sentence

    found = noise_study(task, params, NoiseFolders(prepared, classes, fits), trials)
    found.write(reports / f"{task}.noise.json")
    click.echo(f"{task}: {replicates_sentence(found)}")


@command(
    "propose",
    "which candidates to simulate next",
    "simworth propose density --candidates pool.csv --budget 500 --out next.csv",
)
@click.argument("task")
@params
@click.option("--candidates", type=FILE, required=True, help="CSV with a column smiles")
@click.option("--budget", type=_MONEY, required=True, help="simulations, or their cost")
@click.option("--cost", default="", metavar="COLUMN", help="column of the candidates' costs  [default: 1 each]")
@click.option("--for", "wanted", type=FILE, help="CSV with a column smiles: structures to predict  [default: measured]")
@click.option("--out", type=FILE, default=Path("proposed.csv"), show_default=True, help="where the list goes")
@known_files
@folder("--reports", "where backtests are, and the page's part of the list goes", "reports/next")
def propose_command(
    task: str,
    params: Path,
    candidates: Path,
    budget: float,
    cost: str,
    wanted: Path | None,
    out: Path,
    reports: Path,
    **folders: Path,
) -> None:
    """List the CANDIDATES worth simulating next for TASK, best first. Where no backtest supports the order, it says so
    first, and the list is drawn at random; its columns hold the parts of the rule (docs/propose.md) all the same."""
    from simworth.files import write_whole
    from simworth.model.propose import backtest_sentence, proposal_of, propose, within

    known = _known(task, params, **folders)
    better, sentence = backtest_sentence(reports, task)
    pool = _csv(candidates, "smiles", *filter(None, (cost,)))
    table, left_out = propose(known, pool, _structures(wanted), cost)
    if better and (table["likeness"] == 1).all():
        better, sentence = False, f"{sentence}; but the wanted structures are not told from these candidates"
    click.echo(sentence if better else f"{sentence}; the list is a random draw")
    ordered = table if better else table.sample(frac=1, random_state=known.settings.seed)
    chosen = within(ordered, budget)
    write_whole(out, chosen.to_csv(index=False).encode())
    proposal_of(task, chosen, better, sentence).write(reports / f"{task}.proposal.json")
    click.echo(f"{left_out}\n{len(chosen):,} of {len(table):,} candidates in {out}")


@command(
    "allocate",
    "simulations or experiments, for a budget and two prices",
    "simworth allocate density --budget 10000 --cost-simulation 5 --cost-experiment 200",
    "simworth allocate density --budget 10000 --list proposed.csv --cost-experiment 200 --measure measure.csv",
)
@click.argument("task")
@params
@click.option("--budget", type=_MONEY, required=True, help="to spend in one step")
@click.option("--cost-simulation", type=_MONEY, help="of one simulated material  [default: the mean cost in --list]")
@click.option("--cost-experiment", type=_MONEY, required=True, help="of one measured material")
@click.option("--steps", type=click.IntRange(1, 20), default=1, show_default=True, help="budgets to plan ahead")
@click.option("--list", "listed", type=FILE, help="list of `simworth propose`, of which the first rows are bought")
@click.option("--measure", type=FILE, help="where the materials to measure go, as CSV, best first")
@click.option(
    "--for", "wanted", type=FILE, help="CSV with a column smiles: structures to predict  [default: simulated]"
)
@tables("results/surfaces", "results/surface_predictions", " over n and m")
@classes
@known_files
@folder("--reports", "where the study of noise is, which says whether to replicate", "reports/next")
def allocate_command(
    task: str,
    params: Path,
    budget: float,
    cost_simulation: float | None,
    cost_experiment: float,
    steps: int,
    listed: Path | None,
    measure: Path | None,
    wanted: Path | None,
    trials: Path,
    predictions: Path,
    classes: Path,
    reports: Path,
    **folders: Path,
) -> None:
    """Split a budget between simulations and experiments so that TASK's error falls most, by its surface. With --list
    it says which simulations of the list that buys, with --measure which materials to measure."""
    import pandas as pd

    from simworth.files import write_whole
    from simworth.model.propose import to_measure, within
    from simworth.valuation.noise import NoiseStudy, replicates_sentence
    from simworth.valuation.outlook import allocation_text, task_surface

    table = None if listed is None else _csv(listed, "cost")
    if table is not None:
        table = table.assign(cost=pd.to_numeric(table["cost"], errors="coerce"))
        if not table["cost"].between(_MONEY.min or 0, _MONEY.max or math.inf).all():
            raise SimworthError(f"{listed}: every value of column 'cost' must be above 0, and a number")
    if cost_simulation is not None:
        each = cost_simulation
    elif table is not None:
        each = float(table["cost"].mean())
    else:
        raise click.UsageError("give --cost-simulation, or --list with the costs of its simulations")
    surface, n, m = task_surface(task, trials, predictions, classes, folders["fits"])
    click.echo(allocation_text(task, surface, n, m, budget, (each, cost_experiment), steps))
    if (study := reports / f"{task}.noise.json").is_file():
        click.echo(f"{task}: {replicates_sentence(NoiseStudy.read(study))}")
    first = surface.plan(budget, each, cost_experiment, n, m, steps)[0]
    if table is not None:
        bought = within(table, first.dn * each)
        click.echo(f"simulate the first {len(bought):,} of {listed}, cost {bought['cost'].sum():,.6g}")
    if measure is not None:
        names = to_measure(_known(task, params, **folders), _structures(wanted), first.dm)
        write_whole(measure, pd.DataFrame({"smiles": names}).to_csv(index=False).encode())
        click.echo(f"measure the {len(names):,} materials in {measure}")


def _structures(path: Path | None) -> list[str]:
    return [] if path is None else list(_csv(path, "smiles")["smiles"])


def _csv(path: Path, *columns: str) -> pd.DataFrame:
    """A table of the user's; SimworthError where it cannot be read, has no row, or lacks one of these columns."""
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (FileNotFoundError, ValueError) as error:  # pandas' own errors, and text that is not UTF-8, are ValueErrors
        why = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise SimworthError(f"{path}: cannot be read ({why}); give a CSV file in UTF-8 with a header") from None
    for name in columns:
        if name not in table:
            raise SimworthError(f"{path}: no column {name!r}{did_you_mean(name, map(str, table.columns))}")
    if table.empty:
        raise SimworthError(f"{path}: has no row below its header")
    return table


def _known(task: str, params: Path, prepared: Path, models: Path, fits: Path) -> ProposalInputs:
    from simworth.config import settings_with
    from simworth.model.propose import ProposalInputs
    from simworth.prepare.records import Prepared

    settings = settings_with(params, task)
    return ProposalInputs(settings, Prepared.read(prepared / task), models / task, fits / f"{task}.json")
