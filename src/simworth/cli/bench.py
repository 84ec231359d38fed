"""`simworth bench`: the speed table."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE, folder, params


@click.command(epilog="Example: simworth bench --only training --only flops")
@click.option(
    "--full",
    is_flag=True,
    help="also what takes long: bf16's accuracy, what pairing is worth, a sweep of PolyOmics' size",
)
@click.option("--only", multiple=True, metavar="PART", help="measure this part alone; may be given several times")
@click.option("--report", type=FILE, default=Path("reports/bench.json"), show_default=True, help="the table as JSON")
@params
@folder("--raw", "snapshots of the databases", "data/raw")
@folder("--clean", "clean tables, one per database", "data/clean")
@folder("--features", "descriptor tables, one per task", "data/features")
@click.option("--markdown", is_flag=True, help="measure nothing, print the last table as Markdown")
def command(full: bool, only: tuple[str, ...], report: Path, raw: Path, markdown: bool, **project: Path) -> None:
    """Measure SimWorth against what a user would write, side by side here; five to ten minutes on two cores."""
    from dataclasses import replace

    from simworth.bench.own import Own
    from simworth.bench.run import Loads, measure, read_report, refuse_failed, write_report
    from simworth.bench.table import markdown_table, text_table

    if markdown:
        click.echo(markdown_table(read_report(report)), nl=False)
        return
    loads = Loads()
    own = Own(project["params"], project["clean"], project["features"])
    with_data = {name: replace(getattr(loads, name), own=own) for name in ("accuracy", "paired")}
    loads = replace(loads, descriptors=replace(loads.descriptors, raw=raw), **with_data)
    found = measure(only, full, loads, lambda text: click.echo(text, err=True))
    write_report(found, report)
    click.echo(text_table(found) + f"written to {report}")
    refuse_failed(found)
