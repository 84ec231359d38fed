"""Every command that a page shows is run by a test, or is on one of the two lists below.

Commands of a page are the lines of its `sh` blocks. One that stands in no list is run here, page by page, in a small
project whose stages have run; what it needs beside that is in BEFORE.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from simworth.cli import cli
from simworth.demo.workspace import Demo
from tests.data.samples import pi1070, polyinfo
from tests.stages import Project, small_project

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
ELSEWHERE = {
    "dask ": "tests/executor/test_dask.py",
    "dvc exp run": "tests/soak/test_cron.py",
    "dvc get": "tests/soak/test_three_releases.py",
    "cd simworth": "tests/soak/test_make.py",
    "git clone": "tests/soak/test_make.py",
    "make ": "tests/soak/test_make.py",
    "export MLFLOW_TRACKING_URI=": "tests/tracking/test_server.py",
    "export SIMWORTH_MLFLOW_DATABASE=": "tests/tracking/test_databases.py",
    "export SIMWORTH_STORE=": "tests/sweep/test_shared.py",
    "export SIMWORTH_STORE_COPY=": "tests/sweep/test_shared.py",
    "dvc metrics diff": "tests/soak/test_three_releases.py",
    "dvc plots diff": "tests/soak/test_cron.py",
    "dvc push": "tests/data/test_private.py",
    "dvc remote add": "tests/pipeline/test_pull.py",
    "dvc repro": "tests/pipeline/test_repro.py",
    "SIMWORTH_DASK_SCHEDULER=": "tests/executor/test_dask.py",
    "git add": "tests/soak/test_three_releases.py",
    "git show": "tests/soak/test_three_releases.py",
    "git tag": "tests/soak/test_three_releases.py",
    "git switch": "tests/pipeline/test_merge.py",
    "rev=$(git rev-list": "tests/soak/test_three_releases.py",
    "sed -i": "tests/pipeline/test_new.py",
    "simworth audit --recompute": "tests/soak/test_three_releases.py",
    "simworth count": "tests/extend/test_command.py",
    "simworth merge": "tests/pipeline/test_merge.py",
    "simworth new": "tests/pipeline/test_new.py",
    "simworth predict hydration_energy": "tests/data/test_own_database.py",
    "simworth release add freesolv": "tests/data/test_own_database.py",
    "simworth release add our_": "tests/data/test_own_database.py",
    "simworth release check mine": "tests/extend/test_reader.py",
    "simworth release check our_": "tests/data/test_own_database.py",
    "simworth release check runs": "tests/extend/test_materials.py",
    "simworth release select": "tests/data/test_watch.py",
    "simworth release watch": "tests/data/test_watch.py",
    "simworth run": "tests/pipeline/test_run.py",
    "simworth site": "tests/pipeline/test_site.py",
    "simworth tune": "tests/tuning/test_search.py",
    "simworth value": "tests/pipeline/test_value.py",
    "pip install simworth": "tests/soak/test_wheel.py",
    "git commit": "tests/soak/test_three_releases.py",
    "cd valuations": "tests/soak/test_wheel.py",
}
"""beginning of a command -> the file of tests that runs it"""
NOT_RUN = {
    "aws s3 sync": "a program of Amazon's; tests/sweep/test_shared.py copies the same files to a bucket",
    "pip install dask-jobqueue": "asks a package index; it starts jobs of a batch system, which a test has not",
    "pip install 'simworth[postgres]'": "asks a package index; tests/test_distribution.py holds its name",
    "sbatch": "needs SLURM; what the job leads is run by tests/executor/test_dask.py",
}
"""beginning of a command -> why no test runs it"""


def commands(page: Path) -> list[str]:
    """Commands of the `sh` blocks of a page, comments and the folder of the environment taken away."""
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    parts = [part.strip().removeprefix(".venv/bin/") for line in lines for part in line.split("&&")]
    return [part for part in parts if part and not part.startswith("#")]


def listed(command: str, known: dict[str, str]) -> list[str]:
    return [start for start in known if command.startswith(start)]


HERE = [
    (page.relative_to(ROOT).as_posix(), command)
    for page in PAGES
    for command in dict.fromkeys(commands(page))
    if not listed(command, ELSEWHERE) and not listed(command, NOT_RUN)
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Everything is there: a task with a surface, a valuation, a ledger, a model."""
    made = small_project(tmp_path_factory.mktemp("docs"), ["density"], Demo(size=320, trials=3, seed=3))
    made.run("scaling-report", "model@density")
    return made


@pytest.fixture
def files(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that pages name as the reader's own."""
    monkeypatch.chdir(project.root)
    for name, made in (("PI1070-2027.csv", pi1070), ("export.csv", polyinfo)):
        Path(name).write_bytes(made(tmp_path / name).paths[0].read_bytes())


def test_lists_hold_what_pages_show() -> None:
    shown = [command for page in PAGES for command in commands(page)]
    assert len(shown) > 40
    for known in (ELSEWHERE, NOT_RUN):
        idle = [start for start in known if not any(command.startswith(start) for command in shown)]
        assert not idle, "no page shows these"
    gone = [path for path in ELSEWHERE.values() if not (ROOT / path).is_file()]
    assert not gone, "no such file of tests"


def within_text(page: Path) -> list[str]:
    """Commands of the package that stand within sentences, brackets of what may be left out taken away."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = re.findall(r"`(?:\.venv/bin/)?(simworth [a-z][^`]*)`", prose)
    return [" ".join(re.sub(r"[\[\]]", "", one).split()) for one in found]


@pytest.mark.parametrize("command", sorted({one for page in PAGES for one in [*commands(page), *within_text(page)]}))
def test_a_command_has_these_options(command: str) -> None:
    words = [word for word in shlex.split(command) if word != "..."]
    if words[0] != "simworth":
        return
    found: click.Command = cli
    context = click.Context(cli)
    words = words[1:]
    while isinstance(found, click.Group) and words:
        nearer = found.get_command(context, words[0])
        if nearer is None:
            assert listed(command, ELSEWHERE), f"no command {words[0]!r}"
            return
        found, words = nearer, words[1:]
    context = found.make_context(found.name, words, resilient_parsing=True)
    assert not context.args and not [w for w in words if w.startswith("--") and w.split("=")[0] not in options(found)]


def options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in [*one.opts, *one.secondary_opts]}


@pytest.mark.soak
@pytest.mark.parametrize(("page", "command"), HERE)
def test_a_page_s_command_runs(page: str, command: str, project: Project, files: None) -> None:
    words = shlex.split(command)
    assert words[0] == "simworth", f"{page}: run it here, or say in a list above where it is run, or why not"
    project.simworth(*words[1:])
