"""Commands for models and MLflow: model, predict, publish."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simworth.cli.options import FILE, FOLDER, folder, params, prepared_task
from simworth.cli.registry import command, load_own
from simworth.errors import SimworthError

if TYPE_CHECKING:
    from simworth.tracking.receipt import Paths


@command(
    "model",
    "collect a task's ensemble at the largest n",
    "simworth model density --prepared data/prepared/density "
    "--summary results/sweeps/density.json --models models/density",
)
@prepared_task()
@click.option("--summary", type=FILE, required=True, help="summary of the task's sweep")
@click.option("--models", type=FOLDER, required=True, help="where the model goes")
def model_command(**given: Any) -> None:
    """Write TASK's ensemble of all trials at the largest n as safetensors and JSON."""
    from simworth.model.stage import build

    click.echo(build(**given))


@command("predict", "predict a property with a task's ensemble", "simworth predict density '*CC*' '*CC(*)c1ccccc1'")
@click.argument("task")
@click.argument("structures", metavar="STRUCTURE...", nargs=-1, required=True)
@params
@folder("--models", "folder of the ensembles, models/TASK/", "models")
@click.option("--temperature", type=float, help="K, for pairs 'polymer|solvent'  [default: 298.15]")
@click.option("--registered", is_flag=True, help="the model that the alias `current` names in MLflow, not models/TASK/")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead of a table")
def predict_command(
    task: str,
    structures: tuple[str, ...],
    params: Path,
    models: Path,
    temperature: float | None,
    registered: bool,
    as_json: bool,
) -> None:
    """Predict TASK's property of STRUCTUREs; '-' reads them from standard input, one a line.

    low, high: the predictive interval. outside: unlike what the model was trained on. --registered takes the model of
    the last ledger entry on the main line. Exit code 1 where a structure has no prediction; the others are printed.
    """
    from simworth.model.predictor import Predictor, as_records, as_table

    load_own(params)
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
    from simworth.tracking.model_registry import download_current
    from simworth.tracking.receipt import tracking_uri

    found = sorted(download_current(tracking_uri(Path.cwd()), task, folder).rglob(CARD))
    if not found:
        raise SimworthError(f"model {task}: the registered model holds no {CARD}; run `simworth publish` again")
    return found[0].parent


@command("publish", "send trials and models to MLflow", "MLFLOW_TRACKING_URI=http://localhost:5000 simworth publish")
@params
@folder("--trials", "trial tables", "results/trials")
@folder("--predictions", "predictions", "results/predictions")
@folder("--sweeps", "sweep summaries", "results/sweeps")
@folder("--fits", "fitted laws", "results/fits")
@folder("--quality", "quality reports", "data/quality")
@folder("--surfaces", "trials over n and m", "results/surfaces")
@folder("--models", "ensembles", "models")
@folder("--ledger", "the ledger", "reports/ledger")
def publish_command(**paths: Path) -> None:
    """Send to MLflow what it does not have yet; doing it twice adds nothing.

    The store is mlflow.db with mlartifacts/ beside params.yaml, which a bare `mlflow ui` opens, or the one that
    MLFLOW_TRACKING_URI names. Exit code 4: it cannot be reached; nothing is lost, publish again later.
    """
    from simworth.tracking.receipt import Paths

    for line in send(Paths(**paths)):
        click.echo(line)


def publish_results(params: Path = Path("params.yaml")) -> list[str]:
    """Publish what dvc.yaml makes beside `params`, as `simworth run` and `simworth ui` do; what was sent, in lines."""
    from simworth.tracking.receipt import Paths

    root = params.parent
    folders = {name: root / "results" / name for name in ("trials", "predictions", "sweeps", "fits", "surfaces")}
    more = {"quality": root / "data/quality", "models": root / "models", "ledger": root / "reports/ledger"}
    return send(Paths(params=params, **folders, **more))


def send(paths: Paths) -> list[str]:
    """What the command does."""
    from simworth.config import load_settings
    from simworth.model.artifacts import MODELS
    from simworth.terminal import bar
    from simworth.tracking.publish import publish

    settings = load_settings(paths.params)
    with bar("MLflow", unit="runs", lines=False) as shown:
        return publish(paths, settings, MODELS, shown.advance).lines()
