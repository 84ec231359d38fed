"""Commands that make and show a project's history of valuations: value, merge, site."""

from __future__ import annotations

from pathlib import Path

import click

from simworth.cli.options import FILE
from simworth.cli.project import published, warn
from simworth.cli.registry import COMMANDS


@COMMANDS.register("value")
@click.command(
    short_help="notice a release upstream and value it, unattended",
    epilog="Example: simworth value --new --summary summary.md",
)
@click.option("--new", is_flag=True, required=True, help="value what is new upstream")
@click.option("--push/--no-push", default=True, show_default=True, help="push commits, tags and data")
@click.option("--summary", type=FILE, help="append the Markdown summaries to this file, too")
def value_command(new: bool, push: bool, summary: Path | None) -> None:
    """Watch upstream; fetch, add, run, commit, tag and push each new release; print a summary in Markdown.

    For cron and CI: two at once do no harm, and after a kill the next one goes on.
    """
    from simworth.data.download import Patience
    from simworth.pipeline.value import SUMMARIES, AtWork, value_new

    try:
        tags = value_new(published, warn, warn, Patience(), push)
    except AtWork as other:
        warn(f"{other} is running already; nothing to do")
        return
    text = "\n".join((SUMMARIES / f"{tag}.md").read_text(encoding="utf-8") for tag in tags)
    click.echo(text, nl=False)
    if summary and text:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)


@COMMANDS.register("merge")
@click.command(
    short_help="merge a branch that added releases, and value both branches' releases together",
    epilog="Example: simworth merge radonpy-2027-01",
)
@click.argument("branch")
def merge_command(branch: str) -> None:
    """Merge BRANCH; what the pipeline generates is made again, with nothing trained that either branch has trained.

    Selections of releases are joined. What only people can settle ends the merge and leaves everything as it was.
    """
    from simworth.pipeline.merge import merge

    merge(branch, published, click.echo, warn)


@COMMANDS.register("site")
@click.command(short_help="write past valuations as a static site", epilog="Example: simworth site --out build/site")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/site"),
    show_default=True,
    help="folder of the site",
)
@click.option("--address", default="", help="https address at which the site will lie, for the feed")
def site_command(out: Path, address: str) -> None:
    """An index over all tags, each valuation's page, a JSON feed and a badge a task, without a server."""
    from simworth.pipeline.site import site

    tags = site(Path(), out, address)
    click.echo(f"{len(tags)} valuations, the newest {tags[0]}: {out / 'index.html'}")
