"""`simworth predict`: ask a task's ensemble."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from simworth.cli.options import folder
from simworth.errors import SimworthError


@click.command(epilog="Example: simworth predict density '*CC*' '*CC(*)c1ccccc1'")
@click.argument("task")
@click.argument("structures", metavar="STRUCTURE...", nargs=-1, required=True)
@folder("--models", "folder of the ensembles, models/TASK/", "models")
@click.option("--temperature", type=float, help="K, for pairs 'polymer|solvent'  [default: 298.15]")
@click.option("--registered", is_flag=True, help="the model that the alias `current` names in MLflow, not models/TASK/")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead of a table")
def command(
    task: str,
    structures: tuple[str, ...],
    models: Path,
    temperature: float | None,
    registered: bool,
    as_json: bool,
) -> None:
    """Predict TASK's property of STRUCTUREs; '-' reads them from standard input, one a line.

    low, high: the predictive interval. outside: unlike what the model was trained on. --registered takes the model of
    the last ledger entry on the main line. Exit code 1 where a structure has no prediction; the others are printed.
    """
    from simworth.model.predictor import Predictor
    from simworth.model.table import as_records, as_table

    given = [line.strip() for line in sys.stdin if line.strip()] if structures == ("-",) else list(structures)
    with tempfile.TemporaryDirectory() as folder:
        predictor = Predictor.load(_registered(task, Path(folder)) if registered else models / task)
    made = predictor.predict(given, [temperature] * len(given))
    click.echo(as_records(made) if as_json else as_table(made, predictor.unit))
    failed = sum(bool(one.reason) for one in made)
    if failed:
        raise SimworthError(f"{failed} of {len(made)} structures have no prediction; the reasons stand beside them")


def _registered(task: str, folder: Path) -> Path:
    """Files of the current model, downloaded below `folder`."""
    from simworth.model.ensemble import CARD
    from simworth.tracking.receipt import tracking_uri
    from simworth.tracking.registered import download_current

    found = sorted(download_current(tracking_uri(Path.cwd()), task, folder).rglob(CARD))
    if not found:
        raise SimworthError(f"model {task}: the registered model holds no {CARD}; run `simworth publish` again")
    return found[0].parent
