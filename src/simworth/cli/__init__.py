"""The command line: thin commands over pure functions, one module a command, imported when called."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from simworth import __version__
from simworth.errors import SimworthError, of_the_machine
from simworth.logs import event, logging_to

COMMANDS: Final = {
    "release": "list, fetch, add and check releases of the databases",
    "ingest": "read a database's raw release into its clean table",
    "featurize": "compute the descriptors a task needs",
    "sweep": "train a task's trials over n",
    "surface": "train a task's trials over n and m",
    "tune": "search for a task's training settings and write them into params.yaml",
    "fit": "fit the scaling law of a task",
    "ledger": "enter new valuations in the ledger",
    "model": "collect a task's ensemble at the largest n",
    "report": "write valuation.json and the report page",
    "history": "what each release was worth, what had been forecast, what came",
    "audit": "check the ledger, refit an old revision",
    "forecast": "the error at a size not yet run, or the size for a wanted error",
    "allocate": "simulations or experiments, for a budget and two prices",
    "publish": "send trials and models to MLflow",
    "predict": "predict a property with a task's ensemble",
    "demo": "run the whole pipeline on made-up databases in .demo/",
    "run": "bring the releases, run the pipeline, publish, print the table of laws",
    "ui": "open MLflow and the report",
}
"""Command name -> one-line help. Command `x` is the click command `command` in `simworth.cli.x`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"simworth.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; one of {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
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
