"""`simworth ui`: look at the runs and the report."""

from __future__ import annotations

import signal
import sys
import webbrowser
from pathlib import Path

import click

from simworth.cli.options import FILE, params


@click.command(epilog="Example: simworth ui --port 5001")
@params
@click.option("--page", type=FILE, default=Path("reports/index.html"), show_default=True, help="report")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="of MLflow's server")
@click.option("--browser/--no-browser", default=True, help="open both in the browser")
def command(params: Path, page: Path, port: int, browser: bool) -> None:
    """Publish what is new, then open MLflow on the project's store, and the report, until Ctrl-C."""
    from simworth.cli.publish import publish_results
    from simworth.errors import SimworthError
    from simworth.tracking.receipt import tracking_uri
    from simworth.tracking.server import serving

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = params.resolve().parent
    try:
        lines = publish_results(params).lines()
    except SimworthError as error:  # what is in the store can be looked at all the same
        lines = [f"warning: {error}"]
    addresses = [page.resolve().as_uri()] if page.is_file() else []
    click.echo("\n".join([*lines, f"report: {addresses[0] if addresses else 'not there yet, run `dvc repro`'}"]))
    uri = tracking_uri(root)
    if uri.startswith(("http://", "https://")):
        _show([*addresses, uri], browser)
        return
    with serving(uri, root, port) as (address, process):
        _show([*addresses, address], browser)
        click.echo("Ctrl-C ends it")
        process.wait()


def _show(addresses: list[str], browser: bool) -> None:
    click.echo(f"MLflow: {addresses[-1]}")
    if browser:
        for address in addresses:
            webbrowser.open(address)
