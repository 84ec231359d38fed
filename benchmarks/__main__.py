"""`python -m benchmarks`, what `make bench` and `make bench-full` run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.lines import Report
from benchmarks.own import Own
from benchmarks.run import Loads, measure, refuse_failed
from benchmarks.table import markdown_table, text_table
from simworth.cli.options import FILE, folder, params
from simworth.errors import SimworthError


@click.command(epilog='Example: make bench ARGS="--only training --only flops"')
@click.option("--full", is_flag=True, help="also what takes long, which `make bench-full` measures")
@click.option("--only", multiple=True, metavar="PART", help="measure this part alone; may be given several times")
@click.option("--report", type=FILE, default=Path("reports/bench.json"), show_default=True, help="the table as JSON")
@params
@folder("--raw", "snapshots of the databases", "data/raw")
@folder("--prepared", "prepared tasks", "data/prepared")
@click.option("--markdown", is_flag=True, help="measure nothing, print the last table as Markdown")
def command(
    full: bool,
    only: tuple[str, ...],
    report: Path,
    params: Path,
    raw: Path,
    prepared: Path,
    markdown: bool,
) -> None:
    """Measure SimWorth against what a user would write, side by side here; five to ten minutes on two cores."""
    if markdown:
        click.echo(markdown_table(Report.read(report)), nl=False)
        return
    loads, own = Loads(), Own(params, prepared)
    loads = replace(
        loads,
        descriptors=replace(loads.descriptors, raw=raw),
        accuracy=replace(loads.accuracy, own=own),
        gpu_accuracy=replace(loads.gpu_accuracy, own=own),
        paired=replace(loads.paired, own=own),
    )
    found = measure(only, full, loads, lambda text: click.echo(text, err=True))
    found.write(report)
    click.echo(text_table(found) + f"written to {report}")
    refuse_failed(found)


def main() -> None:
    """An expected error is one line on stderr."""
    try:
        command()
    except SimworthError as error:
        sys.exit(f"bench: {str(error).removeprefix('bench: ')}")


if __name__ == "__main__":
    main()
