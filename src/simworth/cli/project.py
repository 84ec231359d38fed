"""Commands for a whole project: new, run, value, merge, site, demo, store, ui."""

from __future__ import annotations

import signal
import sys
import webbrowser
from pathlib import Path

import click

from simworth.cli.models import publish_results
from simworth.cli.options import FILE, Finite, folder, params
from simworth.cli.registry import command
from simworth.errors import NoReleaseReachable, SimworthError


@command("new", "lay out a project of your own, under git and DVC", "simworth new valuations --tasks density,chi")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--tasks", default="all", show_default=True, help="of the open releases to begin with: names, 'all' or 'none'"
)
def new_command(folder: Path, tasks: str) -> None:
    """Make FOLDER with params.yaml, dvc.yaml and the catalogue of the open releases, ready for `simworth run`."""
    from simworth.pipeline.new import new_project

    new_project(folder, {"all": None, "none": []}.get(tasks, _names(tasks)))
    click.echo(
        f"{folder}: a project, its files staged; next:\n"
        f"  cd {folder} && git commit -m 'a new project'\n"
        "  simworth release fetch    # or your own files: simworth release add --help\n"
        "  simworth run"
    )


@command(
    "run",
    "bring the releases, run the pipeline, publish, print the table of laws",
    "SIMWORTH_MIRROR=../shared/data simworth run",
    "simworth run --tasks density,chi",
)
@click.argument("targets", nargs=-1)
@click.option("--tasks", default="", help="only these, up to their laws and models: density,chi  [default: all]")
@click.option(
    "--strict",
    is_flag=True,
    help="for schedulers and CI (or SIMWORTH_STRICT=1): no demo, and an error that names what was not done",
)
def run_command(targets: tuple[str, ...], tasks: str, strict: bool) -> None:
    """Bring the selected releases, run `dvc repro` (only TARGETS, where given), publish to MLflow, print the laws.

    Where a DVC remote is set, what others have made comes from there first. Where no release can be reached, runs the
    demo on made-up databases instead.
    """
    from simworth.environment import read_environment
    from simworth.pipeline.run import run

    strict = strict or read_environment().strict
    try:
        run(targets, publish_results, click.echo, warn, strict, _names(tasks))
    except NoReleaseReachable as error:
        if strict:
            raise
        _demo_instead(error)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def warn(text: str) -> None:
    """A line on stderr."""
    click.echo(text, err=True)


def _demo_instead(error: Exception) -> None:
    from simworth.demo.workspace import Demo, run_demo

    first, *others = str(error).split(" | ")  # they fail alike; `simworth release fetch` names them all
    warn(f"{first}; {len(others)} more alike" if others else first)
    click.secho("NO RELEASE IS WITHIN REACH: this is the demo, on made-up databases, in .demo/", bold=True)
    run_demo(Demo(), publish_results, click.echo, warn)
    click.secho(
        "THIS WAS THE DEMO: its numbers are made up and say nothing of any database. Connect to the network, or name a "
        "folder that holds the releases (SIMWORTH_MIRROR=...), and run the same command again.",
        bold=True,
    )


@command("demo", "run the whole pipeline on made-up databases in .demo/", "simworth demo --size 1600 --bias 0.8")
@click.option("--size", type=click.IntRange(200, 100_000), default=800, show_default=True, help="simulated polymers")
@click.option(
    "--bias",
    type=Finite(0, 1),
    default=0.3,
    show_default=True,
    help="what the simulations get wrong: 0 nothing, 1 everything",
)
@click.option("--trials", type=click.IntRange(2, 10_000), default=10, show_default=True, help="trials of each task")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="of world and trials")
@folder("--folder", "the demo's workspace", ".demo")
@click.option("--fresh", is_flag=True, help="delete the folder first")
def demo_command(size: int, bias: float, trials: int, seed: int, folder: Path, fresh: bool) -> None:
    """Run the whole pipeline on polymers that SimWorth makes up, whose truth is known, in a workspace of its own.

    The databases, dvc.lock, reports and MLflow store of the repository are left as they are.
    """
    from simworth.demo.workspace import Demo, run_demo

    run_demo(Demo(size=size, bias=bias, trials=trials, seed=seed), publish_results, click.echo, warn, folder, fresh)
    click.echo("made up: these numbers show how SimWorth works and say nothing of any database")


@command("store", "what the store of finished work holds, and clear what nothing names", "simworth store --clear")
@params
@folder("--prepared", "prepared tasks", "data/prepared")
@folder("--features", "descriptor tables", "data/features")
@folder("--trials", "trial tables", "results/trials")
@folder("--ledger", "the ledger", "reports/ledger")
@click.option("--clear", is_flag=True, help="remove what nothing names; without it, only say what would go")
@click.option("--unnamed", is_flag=True, help="also what has no note: work of older versions, of runs that did not end")
def store_command(clear: bool, unnamed: bool, **places: Path) -> None:
    """Size of the store by task and releases, and what of it nothing names any more.

    Named are the shards of the present settings, those of every valuation in the ledger of any branch or tag, and what
    any checkout used within the last 30 days; of the descriptors, those of the present tables and those computed with
    within 30 days. All else can be computed again.
    """
    from simworth.environment import store_root
    from simworth.pipeline.store import ProjectFolders, megabytes, removable, remove, survey, table_of_store

    store = store_root()
    kept = survey(store, ProjectFolders(**places))
    going = removable(kept, unnamed)
    click.echo(table_of_store(store, kept, going))
    if clear:
        remove(store, going)
    done = "removed" if clear else "`simworth store --clear` would remove"
    click.echo(f"{done} {len(going):,} files, {megabytes(going):,.1f} MB")


@command("ui", "open MLflow and the report", "simworth ui --port 5001")
@params
@click.option("--page", type=FILE, default=Path("reports/index.html"), show_default=True, help="report")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="of MLflow's server")
@click.option("--browser/--no-browser", default=True, help="open both in the browser")
def ui_command(params: Path, page: Path, port: int, browser: bool) -> None:
    """Publish what is new, then open MLflow on the project's store, and the report, until Ctrl-C."""
    from simworth.tracking.receipt import tracking_uri
    from simworth.tracking.server import serving

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = params.resolve().parent
    try:
        lines = publish_results(params)
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
    from simworth.tracking.receipt import shown

    click.echo(f"MLflow: {shown(addresses[-1])}")
    if browser:
        for address in addresses:
            webbrowser.open(address)


@command("value", "notice a release upstream and value it, unattended", "simworth value --new --summary summary.md")
@click.option("--new", is_flag=True, help="value what is new upstream")
@click.option("--since", default="", help="only say what the working folder changed since this commit; value nothing")
@click.option("--push/--no-push", default=True, show_default=True, help="push commits, tags and data")
@click.option("--summary", type=FILE, help="append the Markdown summaries to this file, too")
def value_command(new: bool, since: str, push: bool, summary: Path | None) -> None:
    """Watch upstream; fetch, add, run, commit, tag and push each new release; print a summary in Markdown.

    For cron and CI: two at once do no harm, and after a kill the next one goes on. With --since instead of --new, a
    summary of the valuation that lies here, set beside that of a commit, such as a pull request's base.
    """
    from simworth.data.http import Patience
    from simworth.files import ensure_writable
    from simworth.pipeline.value import SUMMARIES, AtWork, summary_since, value_new

    if new == bool(since):
        raise SimworthError("value: say --new, to value what is new upstream, or --since COMMIT, for a summary alone")
    if summary:
        ensure_writable(summary)
    try:
        tags = [] if since else value_new(publish_results, warn, warn, Patience(), push)
    except AtWork as other:
        warn(f"{other} is running already; nothing to do")
        return
    texts = [(SUMMARIES / f"{tag}.md").read_text(encoding="utf-8") for tag in tags]
    text = summary_since(since) if since else "\n".join(texts)
    click.echo(text, nl=False)
    if summary and text:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)


@command(
    "merge",
    "merge a branch that added releases, and value both branches' releases together",
    "simworth merge radonpy-2027-01",
)
@click.argument("branch")
def merge_command(branch: str) -> None:
    """Merge BRANCH; what the pipeline generates is made again, with nothing trained that either branch has trained.

    Selections of releases are joined. What only people can settle ends the merge and leaves everything as it was.
    """
    from simworth.pipeline.merge import merge

    merge(branch, publish_results, click.echo, warn)


@command("site", "write past valuations as a static site", "simworth site --out build/site")
@folder("--out", "folder of the site", "build/site")
@click.option("--address", default="", help="https address at which the site will lie, for the feed")
def site_command(out: Path, address: str) -> None:
    """An index over all tags, each valuation's page, a JSON feed and a badge a task, without a server."""
    from simworth.pipeline.site import site

    tags = site(Path(), out, address)
    click.echo(f"{len(tags)} valuations, the newest {tags[0]}: {out / 'index.html'}")
