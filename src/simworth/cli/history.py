"""`simworth history`: what the databases were worth at each release."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import folder


@click.command(epilog="Example: simworth history density")
@click.argument("task", default="")
@folder("--ledger", "the ledger", "reports/ledger")
def command(task: str, ledger: Path) -> None:
    """Every valuation in the ledger (of TASK, where named): its law, what had been forecast, and what came."""
    from simworth.config.suggest import did_you_mean
    from simworth.errors import SimworthError
    from simworth.ledger.chain import read_ledger
    from simworth.ledger.history import history_table

    entries = read_ledger(ledger)
    known = {entry.task for entry in entries}
    if task and known and task not in known:
        raise SimworthError(f"the ledger holds no entry of {task!r}{did_you_mean(task, known)}")
    click.echo(history_table(entries, task), nl=False)
