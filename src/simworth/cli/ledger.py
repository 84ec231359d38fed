"""Commands of the ledger and the report: ledger, history, audit, report."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, FOLDER, all_results, folder
from simworth.cli.registry import command
from simworth.errors import SimworthError, did_you_mean


@command(
    "ledger",
    "enter new valuations in the ledger",
    "simworth ledger --quality data/quality --trials results/trials --predictions results/predictions "
    "--sweeps results/sweeps --fits results/fits --ledger reports/ledger",
)
@all_results()
@folder("--ledger", "the ledger, to which entries are added")
def ledger_command(**paths: Path) -> None:
    """Add an entry for every valuation that the ledger does not hold; entries are never changed."""
    from simworth.ledger.stage import LedgerPaths, append

    click.echo("\n".join(append(LedgerPaths(**paths))))


@command("history", "what each release was worth, what had been forecast, what came", "simworth history density")
@click.argument("task", default="")
@folder("--ledger", "the ledger", "reports/ledger")
def history_command(task: str, ledger: Path) -> None:
    """Every valuation in the ledger (of TASK, where named): its law, what had been forecast, and what came."""
    from simworth.ledger.chain import read_ledger
    from simworth.ledger.history import history_table

    entries = read_ledger(ledger)
    known = {entry.task for entry in entries}
    if task and known and task not in known:
        raise SimworthError(f"the ledger holds no entry of {task!r}{did_you_mean(task, known)}")
    click.echo(history_table(entries, task), nl=False)


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@command("audit", "check the ledger, refit an old revision", "simworth audit --recompute v1")
@click.option("--root", type=_FOLDER, default=Path(), show_default=True, help="of the project")
@click.option("--ledger", default="reports/ledger", show_default=True, help="the ledger, below the root")
@click.option(
    "--recompute", "revision", metavar="REV", help="refit the laws of a commit, tag or branch from its trials"
)
@click.option("--retrain", is_flag=True, help="with --recompute: train the trials anew from the data of that commit")
@click.option("--quiet", is_flag=True, help="only what is wrong or could not be checked")
def audit_command(root: Path, ledger: str, revision: str | None, retrain: bool, quiet: bool) -> None:
    """Check the chain, every entry against git and the data it names, and raw files against the newest entries."""
    from simworth.ledger.recompute import findings

    if retrain and not revision:
        raise SimworthError("--retrain: needs --recompute REV, to say which revision to train anew")
    wrong = total = 0
    for finding in findings(root, ledger, revision, retrain):
        total, wrong = total + 1, wrong + (finding.ok is False)
        if not quiet or not finding.ok:
            click.echo(str(finding))
    click.echo(f"{total} checks, {wrong} wrong")
    if wrong:
        raise click.exceptions.Exit(1)


@command(
    "report",
    "write valuation.json and the report page",
    "simworth report --quality data/quality --trials results/trials --predictions results/predictions "
    "--sweeps results/sweeps --fits results/fits --curves results/curves --valuation reports/valuation.json "
    "--metrics reports/metrics.json "
    "--page reports/index.html",
)
@all_results()
@folder("--curves", "curves as `dvc plots` draws them, one per task")
@click.option("--valuation", type=FILE, required=True, help="where valuation.json goes")
@click.option("--metrics", type=FILE, default=None, help="where ten values a task go, for `dvc metrics diff`")
@click.option("--page", type=FILE, required=True, help="where the page goes")
@click.option("--ledger", type=FOLDER, default=None, help="the ledger, to be shown over time")
@click.option("--next", type=FOLDER, default=None, help="backtests and lists of what to simulate next, to be shown")
@click.option("--models", type=FOLDER, default=None, help="ensembles, whose cards say how sure a prediction is")
@click.option("--classes", type=FOLDER, default=None, help="the materials' classes, which comparisons may draw")
@click.option("--figures", type=FOLDER, default=None, help="where each figure goes as SVG, for papers and talks")
@click.option("--private", is_flag=True, help="show single materials of databases that may not be redistributed")
def report_command(curves: Path, **given: Path | bool | None) -> None:
    """Write valuation.json and the report page, and print the table of laws."""
    from simworth.environment import read_environment
    from simworth.report.stage import ReportPaths, report
    from simworth.valuation.table import table_of_laws

    paths = ReportPaths(**given)  # type: ignore[arg-type]
    table = table_of_laws(report(paths))
    if not read_environment().run:  # `simworth run` ends with the table itself
        click.echo(f"{table}\nreport: {paths.page}")
