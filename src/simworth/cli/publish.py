"""`simworth publish`: send trials, curves and models to MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from simworth.tracking.files import Paths
    from simworth.tracking.publish import Outcome

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(epilog="Example: MLFLOW_TRACKING_URI=http://localhost:5000 simworth publish")
@click.option("--params", type=_FILE, default=Path("params.yaml"), show_default=True, help="settings")
@click.option("--trials", type=_FOLDER, default=Path("results/trials"), show_default=True, help="trial tables")
@click.option("--predictions", type=_FOLDER, default=Path("results/predictions"), show_default=True, help="predictions")
@click.option("--sweeps", type=_FOLDER, default=Path("results/sweeps"), show_default=True, help="sweep summaries")
@click.option("--fits", type=_FOLDER, default=Path("results/fits"), show_default=True, help="fitted laws")
@click.option("--quality", type=_FOLDER, default=Path("data/quality"), show_default=True, help="quality reports")
@click.option(
    "--surfaces", type=_FOLDER, default=Path("results/surfaces"), show_default=True, help="trials over n and m"
)
@click.option("--models", type=_FOLDER, default=Path("models"), show_default=True, help="ensembles")
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
    return send(Paths(params=params, **folders, quality=root / "data/quality", models=root / "models"))


def send(paths: Paths) -> Outcome:
    """What the command does."""
    from simworth.config import load_settings
    from simworth.model.tracked import MODELS
    from simworth.tracking.progress import bar
    from simworth.tracking.publish import publish

    settings = load_settings(paths.params)
    with bar() as advance:
        return publish(paths, settings, MODELS, advance)
