"""The command line: thin commands over pure functions, which are imported when a command runs."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from simworth import __version__
from simworth.cli import data, ledger, models, project, proposals, release, training, valuation
from simworth.cli.registry import COMMANDS, Commands
from simworth.errors import SimworthError, of_the_machine
from simworth.logs import event, logging_to

__all__ = [
    "COMMANDS", "cli", "data", "ledger", "main", "models", "project", "proposals", "release", "training", "valuation",
]  # fmt: skip


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: simworth -v --log-file night.jsonl run",
)
@click.version_option(__version__)
@click.option("-v", "--verbose", is_flag=True, help="say on the terminal what is done, event by event")
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="append the same to a file, one JSON object a line; stages that a run starts write there too",
)
@click.pass_context
def cli(context: click.Context, verbose: bool, log_file: Path | None) -> None:
    """What is a simulation database worth in the real world, and what will its next release be worth?"""
    context.with_resource(logging_to(verbose, log_file))
    context.with_resource(_noted(context.invoked_subcommand or ""))


def main(argv: list[str] | None = None) -> int:
    """Run one command; an expected error is one line on stderr and a non-zero exit code."""
    try:
        code = cli.main(args=argv, prog_name="simworth", standalone_mode=False)
    except SimworthError as error:
        return _fail(str(error), error.exit_code)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted; finished work is kept, run the same command to go on", 130)
    except (OSError, MemoryError) as error:
        known = of_the_machine(error)
        if known is None:
            raise
        return _fail(str(known), known.exit_code)
    return int(code or 0)


@contextlib.contextmanager
def _noted(command: str) -> Iterator[None]:
    """The log holds when a command began and how it ended."""
    start = time.monotonic()
    event("command begins", stage=command, version=__version__, folder=str(Path.cwd()))
    try:
        yield
    except BaseException as error:
        if not isinstance(error, click.exceptions.Exit):
            known = of_the_machine(error) if isinstance(error, OSError | MemoryError) else None
            reason = " ".join(str(known or error).split()) or type(error).__name__
            event("command failed", logging.ERROR, stage=command, reason=reason, seconds=_since(start))
        raise
    event("command ended", stage=command, seconds=_since(start))


def _since(start: float) -> float:
    return round(time.monotonic() - start, 3)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"simworth: error: {' '.join(message.split())}\n")
    return code
