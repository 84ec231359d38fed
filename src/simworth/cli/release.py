"""`simworth release list | fetch | check | add | selected | select | watch`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simworth.cli.options import FILE, folder, params, pipeline, together
from simworth.cli.registry import COMMANDS

if TYPE_CHECKING:
    from simworth.data.project import Project
    from simworth.data.readers import TableMapping


def _in_project(function: Callable[..., None]) -> Callable[..., None]:
    """Options that say where settings, catalogues, snapshots and pipeline lie, as the argument `project`."""

    @wraps(function)
    def run(params: Path, catalogue: Path, raw: Path, pipeline: Path, **options: Any) -> None:
        from simworth.data.project import Project

        function(project=Project(params, catalogue, raw, pipeline), **options)

    return together(
        params,
        folder("--catalogue", "Folder of the catalogue, a file per release.", "data/catalogue"),
        folder("--raw", "Folder of the snapshots, one folder per database.", "data/raw"),
        pipeline,
    )(run)


def _units(given: tuple[str, ...], table: TableMapping | None) -> dict[str, str]:
    units: dict[str, str] = {}
    stated = {prop: one.unit for prop, one in table.values.items()} if table else {}
    for text in given:
        prop, sign, unit = text.partition("=")
        if not (prop and sign and unit):
            raise click.BadParameter(f"{text!r} is not PROPERTY=UNIT", param_hint="--unit")
        if prop in units or stated.get(prop, unit) not in ("", unit):
            known = units.get(prop) or stated[prop]
            raise click.BadParameter(f"{text!r}: {prop} is given in {known} already", param_hint="--unit")
        units[prop] = unit
    return units


_UNIT = click.option(
    "--unit", "units", multiple=True, metavar="PROPERTY=UNIT", help="Unit of the file where it is not the reader's own."
)
_READER = click.option("--reader", default="", help="How the files are read; by default as the database's newest are.")


def _mapping(function: Any) -> Any:
    """Options that say where a table of any shape holds what."""
    for name, metavar, text in (
        ("--kind", "KIND", "Structures: polymer, molecule, composition, pair, molecule-pair or your own."),
        ("--role", "ROLE", "simulation or experiment."),
        ("--structure", "COLUMN", "Column of structures."),
        ("--partner", "COLUMN", "Column of solvents, for pairs."),
        ("--sheet", "NAME", "Sheet of an Excel workbook; by default the first."),
        ("--comment", "MARK", "What a line begins with that holds no record."),
        ("--header", "NAME,NAME,...", "Names of the columns of a file without a header."),
        ("--temperature", "COLUMN[:UNIT]", "Column of temperatures, in K where no unit is given."),
    ):
        function = click.option(name, default="", metavar=metavar, help=text)(function)
    text = "Column of a property and its unit; can be repeated."
    return click.option("--value", "values", multiple=True, metavar="PROPERTY=COLUMN:UNIT", help=text)(function)


def _table(options: dict[str, Any], reader: str, files: tuple[Path, ...], alone: Collection[str] = ()) -> Any:
    """The mapping that options give, None where they give none; takes them out of `options`.

    SimworthError where one that only a mapping heeds, and not in `alone`, comes without a mapping, where another reader
    comes with one, and where a sheet is named and no file is a workbook.
    """
    from simworth.data.containers import is_workbook
    from simworth.data.propose import mapping_of
    from simworth.errors import SimworthError

    more = {name: options.pop(name) for name in ("temperature", "sheet", "comment", "header")}
    table = mapping_of(
        **more, **{name: options.pop(name) for name in ("kind", "role", "structure", "partner", "values")}
    )
    if table is None and (passed_over := [f"--{name}" for name in more if more[name] and name not in alone]):
        raise SimworthError(
            f"{', '.join(passed_over)}: heeded by a mapping alone, and none is given; add --kind, --role, --structure "
            "and --value, or leave it out: a workbook's first sheet is then read, by the column names of the reader"
        )
    if table and reader not in ("", "table"):
        raise SimworthError(f"--reader {reader}: not heeded beside a mapping, by which `table` reads; leave one out")
    if more["sheet"] and files and all(file.is_file() and not is_workbook(file) for file in files):
        raise SimworthError(f"--sheet {more['sheet']}: {files[0].name} is no workbook and has no sheets; leave it out")
    return table


def _date(context: click.Context, option: click.Parameter, text: str) -> str:
    if text and not any(_is_written(text, form) for form in ("%Y", "%Y-%m", "%Y-%m-%d")):
        raise click.BadParameter(f"{text!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    return text


def _is_written(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


@COMMANDS.register("release")
@click.group(short_help="list, fetch, add and check releases of the databases")
def release_command() -> None:
    """Releases of the databases: what is known, what is here, bring it, add your own."""


@release_command.command("list", epilog="Example: simworth release list")
@_in_project
def list_command(project: Project) -> None:
    """Every known release; `selected` is its precedence among the selected ones."""
    from simworth.data.check import list_releases

    click.echo(list_releases(project))


@release_command.command("fetch", epilog="Example: SIMWORTH_MIRROR=../shared/data simworth release fetch")
@_in_project
def fetch_command(project: Project) -> None:
    """Lay the selected releases down: from DVC, else the mirror SIMWORTH_MIRROR, else their origin; hashes checked."""
    from simworth.data.fetch import fetch

    fetch(project, click.echo)


@release_command.command("check", epilog="Example: simworth release check polyinfo export.csv --unit density=kg/m^3")
@click.argument("database")
@click.argument("files", nargs=-1, type=FILE)
@_READER
@_UNIT
@_mapping
@_in_project
def check_command(
    project: Project, database: str, files: tuple[Path, ...], reader: str, units: tuple[str, ...], **options: Any
) -> None:
    """Read FILES (by default the selected releases) of DATABASE and print the quality report; changes nothing.

    For a new DATABASE without a mapping, propose one.
    """
    from simworth.data.check import EXPORTS, check

    proposes = not reader and database not in {*project.settings().databases, *EXPORTS}
    sheet = str(options["sheet"])
    table = _table(options, reader, files, alone=("sheet",) if proposes else ())
    click.echo(check(project, database, files, reader, _units(units, table), table, sheet))


@release_command.command(
    "add", epilog="Example: simworth release add polyinfo export.csv --name 2026-01 --licence PoLyInfo"
)
@click.argument("database")
@click.argument("files", nargs=-1, type=FILE, required=True)
@click.option("--name", required=True, help="Name of the release.")
@_READER
@_UNIT
@_mapping
@click.option("--date", default="", callback=_date, help="Date of the release, YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--licence", default="", help="Licence of the release.")
@click.option("--citation", default="", help="How to cite it.")
@click.option("--redistribute/--private", default=False, help="May it be pushed to a remote?  [default: private]")
@click.option("--replace", is_flag=True, help="Take the place of a release of the same name.")
@_in_project
def add_command(project: Project, database: str, reader: str, units: tuple[str, ...], **options: Any) -> None:
    """Check FILES and, if they pass, make them the selected release of DATABASE; all or nothing."""
    from simworth.data.add import NewRelease, add_release
    from simworth.data.check import default_reader, next_steps
    from simworth.data.quality import in_words

    table = _table(options, reader, options["files"])
    reader = "table" if table else reader or default_reader(project, database)
    new = NewRelease(database=database, reader=reader, units=_units(units, table), table=table, **options)
    read = add_release(project, new, click.echo)
    click.echo(in_words([(new.name, read.account)]))
    click.echo(next_steps(project, database, new.name, not new.redistribute))


@release_command.command(
    "selected", epilog="Example: simworth release selected radonpy --out data/selected/radonpy.json"
)
@click.argument("database")
@folder("--catalogue", "Folder of the database's catalogue.")
@params
@click.option("--out", type=FILE, required=True, help="Entries of the selected releases, to write (JSON).")
def selected_command(database: str, catalogue: Path, params: Path, out: Path) -> None:
    """Write the catalogue's entries of the selected releases of DATABASE, so that no other entry reruns ingest."""
    from simworth.config import load_settings
    from simworth.data.catalogue import select

    select(load_settings(params), database, catalogue).write(out)


@release_command.command("select", epilog="Example: simworth release select polyinfo rhnet openpoly")
@click.argument("database")
@click.argument("releases", nargs=-1, required=True)
@click.option("--together", is_flag=True, help="Keep the values of all of them, for a source of several releases.")
@_in_project
def select_command(project: Project, database: str, releases: tuple[str, ...], together: bool) -> None:
    """Select RELEASES of DATABASE in params.yaml, in order of precedence; the catalogue must know them.

    OTHER/RELEASE takes over a release of another database.
    """
    from simworth.data.add import select

    names = ", ".join(select(project, database, releases, together=together))
    how = ", together" if together else ""
    click.echo(f"selected {names} of {database}{how}; next: simworth release fetch, then dvc repro")


@release_command.command("watch", epilog="Example: simworth release watch --add")
@click.argument("databases", nargs=-1)
@click.option("--add", "take", is_flag=True, help="fetch, check, compare and add what is new")
@folder("--notes", "Folder of the release notes.", "data/notes")
@_in_project
def watch_command(project: Project, databases: tuple[str, ...], take: bool, notes: Path) -> None:
    """What is new upstream of the selected releases (of DATABASES, where named); exit code 3 if anything is.

    --add takes it in, each release whole or not at all, and writes what it changes into data/notes/.
    """
    from simworth.data.http import Patience
    from simworth.data.watch import add_news, watch
    from simworth.errors import SimworthError

    patience = Patience()
    found = watch(project, patience, databases)
    for same in found.same:
        click.echo(f"nothing new: {same}")
    for news in found.news:
        click.echo(f"new: {news}")
        if take:
            note = add_news(project, news, notes, patience, click.echo)
            same = f"its files are those of {news.release}, whose entry names this state now\n"
            click.echo(note.read_text(encoding="utf-8") if note else same, nl=False)
    if found.failed:
        raise SimworthError("; ".join(found.failed))
    if found.news:
        raise click.exceptions.Exit(3)
