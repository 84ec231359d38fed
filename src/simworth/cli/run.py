"""`simworth run`: everything, from the releases to the table of laws."""

from __future__ import annotations

from collections.abc import Sequence

import click


@click.command(epilog="Example: SIMWORTH_MIRROR=../shared/data simworth run")
@click.argument("targets", nargs=-1)
@click.option(
    "--strict",
    is_flag=True,
    envvar="SIMWORTH_STRICT",
    show_envvar=True,
    help="for schedulers and CI: no demo, and an error that names what was not done",
)
def command(targets: tuple[str, ...], strict: bool) -> None:
    """Bring the selected releases, run `dvc repro` (only TARGETS, where given), publish to MLflow, print the laws.

    Where a DVC remote is set, what others have made comes from there first. Where no release can be reached, runs the
    demo on made-up databases instead.
    """
    from simworth.errors import NoReleaseReachable
    from simworth.pipeline.run import run

    try:
        run(targets, published, click.echo, warn, strict)
    except NoReleaseReachable as error:
        if strict:
            raise
        _demo_instead(error)


def published() -> Sequence[str]:
    """Publish, and say what was sent."""
    from simworth.cli.publish import publish_results

    return publish_results().lines()


def warn(text: str) -> None:
    """A line on stderr."""
    click.echo(text, err=True)


def _demo_instead(error: Exception) -> None:
    from simworth.demo.run import run_demo
    from simworth.demo.workspace import Demo

    first, *others = str(error).split(" | ")  # they fail alike; `simworth release fetch` names them all
    warn(f"{first}; {len(others)} more alike" if others else first)
    click.secho("NO RELEASE IS WITHIN REACH: this is the demo, on made-up databases, in .demo/", bold=True)
    run_demo(Demo(), published, click.echo, warn)
    click.secho(
        "THIS WAS THE DEMO: its numbers are made up and say nothing of any database. Connect to the network, or name a "
        "folder that holds the releases (SIMWORTH_MIRROR=...), and run the same command again.",
        bold=True,
    )
