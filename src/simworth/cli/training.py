"""Commands that train: sweep, surface, tune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simworth.cli.options import FILE, FOLDER, params, prepared_task
from simworth.cli.registry import command


@command(
    "sweep",
    "train a task's trials over n",
    "simworth sweep density --prepared data/prepared/density "
    "--trials results/trials/density.parquet --predictions results/predictions/density.parquet "
    "--summary results/sweeps/density.json",
)
@click.argument("task")
@params
@click.option("--prepared", type=FOLDER, help="folder of the prepared task  [default: as in dvc.yaml]")
@click.option("--trials", type=FILE, help="where the trial table goes")
@click.option("--predictions", type=FILE, help="where the prediction table goes")
@click.option("--summary", type=FILE, help="where the summary goes, as JSON")
@click.option("--plan", "plan_only", is_flag=True, help="print what would be trained and what it takes, and stop")
@click.option(
    "--simulated", type=click.IntRange(1), help="plan for so many simulated samples  [default: those there are]"
)
@click.option("--workers", type=click.IntRange(1), help="plan for so many workers  [default: this machine's]")
def sweep_command(
    task: str,
    params: Path,
    prepared: Path | None,
    plan_only: bool,
    simulated: int | None,
    workers: int | None,
    **files: Path | None,
) -> None:
    """Train TASK's trials at every n; finished work is kept and never done twice."""
    from simworth.files import ensure_writable
    from simworth.pipeline.estimate import describe_plan
    from simworth.sweep.stage import SweepPaths, sweep
    from simworth.valuation.cube import trial_shares

    prepared = prepared or params.parent / "data" / "prepared" / task
    if plan_only:
        click.echo(describe_plan(params, task, prepared, simulated, workers))
        return
    if simulated or workers:
        raise click.UsageError("--simulated and --workers are for --plan")
    given = {name: path for name, path in files.items() if path is not None}
    if missing := [f"--{name}" for name in files if name not in given]:
        raise click.UsageError(f"missing option {', '.join(missing)}; or --plan")
    ensure_writable(*given.values())
    sweep(SweepPaths(task, params, prepared, **given), trial_shares)


@command(
    "surface",
    "train a task's trials over n and m",
    "simworth surface density --prepared data/prepared/density "
    "--trials results/surfaces/density.parquet --predictions results/surface_predictions/density.parquet",
)
@prepared_task()
@click.option("--trials", type=FILE, required=True, help="where the trial table of the grid goes")
@click.option("--predictions", type=FILE, required=True, help="where the predictions go")
def surface_command(task: str, params: Path, prepared: Path, **files: Path) -> None:
    """Train TASK over n and m; an empty table for a task without `surface` in params.yaml."""
    from simworth.files import ensure_writable
    from simworth.sweep.surface import surface

    ensure_writable(*files.values())
    surface(task, params, prepared, **files)


@command(
    "tune",
    "search for a task's training settings and write them into params.yaml",
    "simworth tune density --candidates 40 --dry-run",
    "simworth tune precision density",
)
@click.argument("task", nargs=-1, required=True, metavar="[precision] TASK")
@click.option("--params", type=FILE, default=Path("params.yaml"), show_default=True, help="settings, also written")
@click.option("--prepared", type=FOLDER, help="folder of the prepared task  [default: as in dvc.yaml]")
@click.option("--candidates", type=click.IntRange(1), default=40, show_default=True, help="settings to try in all")
@click.option("--trials", type=click.IntRange(2), help="trials that judge  [default: 5; for the precision 20]")
@click.option("--n", type=click.IntRange(0), help="simulated samples to learn from, 0: direct learning  [default: all]")
@click.option("--keep", multiple=True, help="a setting that is not searched, batch_size say; can be repeated")
@click.option(
    "--descriptors",
    multiple=True,
    help='others to try, "ffkm or rdkit_descriptors" or "ffkm + morgan_counts"; can be repeated',
)
@click.option("--seed", type=click.IntRange(0), help="of the suggestions  [default: that of params.yaml]")
@click.option(
    "--write/--dry-run",
    default=None,
    help="write the best settings in any case, or never  [default: if clearly better]",
)
def tune_command(task: tuple[str, ...], **given: Any) -> None:
    """Search for TASK's training settings on splits that never see a trial's test materials.

    Candidate 0 is what params.yaml has. The same command goes on where it was interrupted, and with more --candidates
    adds to those it has. MLflow shows them in the experiment TASK/tuning.

    `tune precision TASK` times float32 and bf16 on this machine, and writes bf16 where it is faster at equal errors.
    """
    from simworth.config import settings_with
    from simworth.tracking.publish import closed_databases
    from simworth.tracking.tuning import CandidateLog
    from simworth.tuning.stage import Wish, tune, tune_precision

    *what, name = task
    if what not in ([], ["precision"]):
        raise click.UsageError(f"one task, or `precision` and a task, got {' '.join(task)!r}")
    wish = Wish(name, **given)
    if what:
        click.echo("\n".join(tune_precision(wish)))
        return
    root, settings = wish.params.parent.resolve(), settings_with(wish.params, name)
    sides = {side.database for side in (settings.tasks[name].source, settings.tasks[name].target)}
    log = CandidateLog(root, name, private=not sides.isdisjoint(closed_databases(root / "data/quality", settings)))
    for line in tune(wish, lambda study, one: log.send(study, one.number, one.point, one.errors, one.reason)):
        click.echo(line)
    if log.flush():
        click.echo(f"MLflow: candidates not sent: {log.why}; the same command sends them later", err=True)
