"""`simworth sweep`: train every trial of a task at every n."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, task_files


@click.command(
    epilog="Example: simworth sweep density --source data/clean/radonpy.parquet --target data/clean/polyinfo.parquet "
    "--features data/features/density.parquet --trials results/trials/density.parquet "
    "--predictions results/predictions/density.parquet --summary results/sweeps/density.json"
)
@task_files()
@click.option("--trials", type=FILE, required=True, help="where the trial table goes")
@click.option("--predictions", type=FILE, required=True, help="where the prediction table goes")
@click.option("--summary", type=FILE, required=True, help="where the summary goes, as JSON")
@click.option("--plan", "plan_only", is_flag=True, help="print what would be trained and stop")
def command(plan_only: bool, **paths: Path | str) -> None:
    """Train TASK's trials at every n; finished work is kept and never done twice."""
    from simworth.store import ensure_writable
    from simworth.sweep.paths import Paths
    from simworth.sweep.stage import describe_plan, sweep
    from simworth.valuation.more import trial_shares

    given = Paths(**paths)  # type: ignore[arg-type]
    if plan_only:
        click.echo(describe_plan(given))
    else:
        ensure_writable(*(Path(paths[name]) for name in ("trials", "predictions", "summary")))
        sweep(given, trial_shares)
