"""`simworth tune`: search for a task's training settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from simworth.tracking.tuning import CandidateLog
    from simworth.tuning.study import Candidate

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog="Example: simworth tune density --candidates 40 --dry-run")
@click.argument("task")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings, also written")
@click.option("--source", type=_FILE, help="clean table of the source database  [default: as in dvc.yaml]")
@click.option("--target", type=_FILE, help="clean table of the target database  [default: as in dvc.yaml]")
@click.option("--features", type=_FILE, help="descriptor table of the task  [default: as in dvc.yaml]")
@click.option("--candidates", type=click.IntRange(1), default=40, show_default=True, help="settings to try in all")
@click.option("--trials", type=click.IntRange(2), default=5, show_default=True, help="trials that judge a candidate")
@click.option("--n", type=click.IntRange(10), help="simulated samples to learn from  [default: all]")
@click.option("--seed", type=click.IntRange(0), help="of the suggestions  [default: that of params.yaml]")
@click.option(
    "--write/--dry-run",
    default=None,
    help="write the best settings in any case, or never  [default: if clearly better]",
)
def command(**given: Any) -> None:
    """Search for TASK's training settings on splits that never see a trial's test materials.

    Candidate 0 is what params.yaml has. The same command goes on where it was interrupted, and with more --candidates
    adds to those it has. MLflow shows them in the experiment TASK/tuning.
    """
    from simworth.tracking.tuning import CandidateLog
    from simworth.tuning.stage import Wish, tune

    wish = Wish(**given)
    log = CandidateLog(wish.params.parent.resolve(), wish.task)
    for line in tune(wish, lambda study, candidate: _send(log, study, candidate)):
        click.echo(line)
    if log.flush():
        click.echo(f"MLflow: candidates not sent: {log.why}; the same command sends them later", err=True)


def _send(log: CandidateLog, study: str, one: Candidate) -> None:
    from simworth.tracking.tuning import candidate_record

    about = {"simworth.reason": one.reason} if one.reason else {}
    log.send(candidate_record(study, log.task, one.number, one.point, one.errors, about))
