"""`simworth report`: the valuation of every task and the page that explains it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from simworth.cli.options import FILE, FOLDER, all_results, folder


@click.command(
    epilog="Example: simworth report --quality data/quality --trials results/trials --predictions results/predictions "
    "--sweeps results/sweeps --fits results/fits --curves results/curves --valuation reports/valuation.json "
    "--metrics reports/metrics.json "
    "--page reports/index.html"
)
@all_results()
@folder("--curves", "curves as `dvc plots` draws them, one per task")
@click.option("--valuation", type=FILE, required=True, help="where valuation.json goes")
@click.option("--metrics", type=FILE, default=None, help="where ten values a task go, for `dvc metrics diff`")
@click.option("--page", type=FILE, required=True, help="where the page goes")
@click.option("--ledger", type=FOLDER, default=None, help="the ledger, to be shown over time")
@click.option("--figures", type=FOLDER, default=None, help="where each figure goes as SVG, for papers and talks")
@click.option("--private", is_flag=True, help="show single materials of databases that may not be redistributed")
def command(curves: Path, **given: Path | bool | None) -> None:
    """Write valuation.json and the report page, and print the table of laws."""
    from simworth.report.stage import ReportPaths, report
    from simworth.valuation.table import table_of_laws

    paths = ReportPaths(**given)  # type: ignore[arg-type]
    table = table_of_laws(report(paths))
    if "SIMWORTH_RUN" not in os.environ:  # `simworth run` ends with the table itself
        click.echo(f"{table}\nreport: {paths.page}")
