"""Commands that say which simulations come next: backtest, propose."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, FOLDER, folder, params
from simworth.cli.registry import COMMANDS


@COMMANDS.register("backtest")
@click.command(
    short_help="whether an order of simulations beats random draws",
    epilog="Example: simworth backtest density --orders proposed,nearest --trials 10",
)
@click.argument("task")
@params
@click.option("--prepared", type=FOLDER, help="folder of the prepared task  [default: as in dvc.yaml]")
@click.option("--orders", default="nearest,farthest,proposed", show_default=True, help="registered source orders")
@click.option("--trials", type=click.IntRange(2), help="of each order  [default: the task's]")
@click.option("--n-max", type=click.IntRange(10), help="largest n  [default: the last below all simulations]")
@folder("--reports", "where TASK.backtest.json goes, which the page shows", "reports/next")
def backtest_command(
    task: str, params: Path, prepared: Path | None, orders: str, trials: int | None, n_max: int | None, reports: Path
) -> None:
    """Train TASK with its simulations in other orders, at its own sizes, and compare each with random draws on the same
    test materials. Finished work is kept and never done twice; random draws are those of the task's sweep."""
    from simworth.model.backtest import BacktestWish, backtest
    from simworth.valuation.backtest import order_sentence

    names = tuple(name.strip() for name in orders.split(",") if name.strip())
    folder = prepared or params.parent / "data" / "prepared" / task
    found = backtest(BacktestWish(task, params, folder, names, trials, n_max))
    found.write(reports / f"{task}.backtest.json")
    for order in found.orders:
        click.echo(f"{task}: {order_sentence(order, found.unit)}")


@COMMANDS.register("propose")
@click.command(
    short_help="which candidates to simulate next",
    epilog="Example: simworth propose density --candidates pool.csv --budget 500 --out next.csv",
)
@click.argument("task")
@params
@click.option("--candidates", type=FILE, required=True, help="CSV with a column smiles")
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), required=True, help="simulations, or their cost")
@click.option("--cost", default="", metavar="COLUMN", help="column of the candidates' costs  [default: 1 each]")
@click.option("--for", "wanted", type=FILE, help="CSV with a column smiles: structures to predict  [default: measured]")
@click.option("--out", type=FILE, default=Path("proposed.csv"), show_default=True, help="where the list goes")
@folder("--prepared", "prepared tasks", "data/prepared")
@folder("--reports", "folder of the backtests, TASK.backtest.json", "reports/next")
@folder("--models", "folder of the ensembles, models/TASK/", "models")
def propose_command(
    task: str,
    params: Path,
    candidates: Path,
    budget: float,
    cost: str,
    wanted: Path | None,
    out: Path,
    prepared: Path,
    models: Path,
    reports: Path,
) -> None:
    """List the CANDIDATES worth simulating next for TASK, best first. Where no backtest supports the order, it says so
    first, and the list is drawn at random; its columns hold the parts of the rule (docs/propose.md) all the same."""
    import pandas as pd

    from simworth.config import settings_with
    from simworth.files import write_whole
    from simworth.model.propose import backtest_sentence, propose, within
    from simworth.prepare.records import Prepared

    settings = settings_with(params, task)
    better, sentence = backtest_sentence(reports, task)
    click.echo(sentence if better else f"{sentence}; the list is a random draw")
    aims = [] if wanted is None else list(pd.read_csv(wanted)["smiles"])
    found = propose(settings, Prepared.read(prepared / task), pd.read_csv(candidates), aims, cost, models / task)
    table = found.table if better else found.table.sample(frac=1, random_state=settings.seed)
    chosen = within(table, budget)
    write_whole(out, chosen.to_csv(index=False).encode())
    click.echo(f"{'; '.join(found.notes)}\n{len(chosen):,} of {len(table):,} candidates in {out}")
