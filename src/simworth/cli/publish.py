"""`simworth publish`: send trials, curves and models to MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simworth.cli.options import folder, params

if TYPE_CHECKING:
    from simworth.tracking.files import Paths
    from simworth.tracking.publish import Outcome


@click.command(epilog="Example: MLFLOW_TRACKING_URI=http://localhost:5000 simworth publish")
@params
@folder("--trials", "trial tables", "results/trials")
@folder("--predictions", "predictions", "results/predictions")
@folder("--sweeps", "sweep summaries", "results/sweeps")
@folder("--fits", "fitted laws", "results/fits")
@folder("--quality", "quality reports", "data/quality")
@folder("--surfaces", "trials over n and m", "results/surfaces")
@folder("--models", "ensembles", "models")
@folder("--ledger", "the ledger", "reports/ledger")
def command(**paths: Path) -> None:
    """Send to MLflow what it does not have yet; doing it twice adds nothing.

    The store is mlflow.db with mlartifacts/ beside params.yaml, which a bare `mlflow ui` opens, or the one that
    MLFLOW_TRACKING_URI names. Exit code 4: it cannot be reached; nothing is lost, publish again later.
    """
    from simworth.tracking.files import Paths

    for line in send(Paths(**paths)).lines():
        click.echo(line)


def publish_results(params: Path = Path("params.yaml")) -> Outcome:
    """Publish what dvc.yaml makes beside `params`; `simworth run` and `simworth ui` do it."""
    from simworth.tracking.files import Paths

    root = params.parent
    folders = {name: root / "results" / name for name in ("trials", "predictions", "sweeps", "fits", "surfaces")}
    more = {"quality": root / "data/quality", "models": root / "models", "ledger": root / "reports/ledger"}
    return send(Paths(params=params, **folders, **more))


def send(paths: Paths) -> Outcome:
    """What the command does."""
    from simworth.config import load_settings
    from simworth.model.tracked import MODELS
    from simworth.tracking.progress import bar
    from simworth.tracking.publish import publish

    settings = load_settings(paths.params)
    with bar() as advance:
        return publish(paths, settings, MODELS, advance)
