"""Three releases of a database appear upstream, and cron's command alone values them, killed on the way each time."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.ledger.chain import problems, read_ledger
from tests.browser import needs_browser, visit
from tests.data.server import Services, serving
from tests.data.test_watch import FILE, text

pytestmark = pytest.mark.soak
ROOT = Path(__file__).parents[2]
AT, PATH = "RadonPy/RadonPy", f"data/{FILE}"
SIZES = {"1": 90, "2": 120, "3": 150}
"""first letter of a commit upstream -> rows of the database"""
TASK = {
    "descriptors": ["rdkit_descriptors"],
    "trials": 4,
    "grid": {"points": 5, "n_min": 30},
    "training": {"hidden": [12], "max_epochs": 4},
}
COMMAND = [sys.executable, "-m", "simworth", "value", "--new"]


@dataclass
class Play:
    root: Path
    services: Services
    rows: pd.DataFrame

    def publish(self, letter: str) -> str:
        """Publish a release upstream; its tag."""
        date = f"2027-0{letter}-01T00:00:00Z"
        self.services.github(AT, PATH, letter * 40, date, text(self.rows[: SIZES[letter]]))
        return f"radonpy-{date[:10]}-{letter * 7}"

    def cron(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(COMMAND, cwd=self.root, capture_output=True, text=True, check=False)

    def killed_when(self, reached: Callable[[], bool]) -> None:
        """Cron's command, killed with all that it started once something is so."""
        with subprocess.Popen(
            COMMAND, cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            while process.poll() is None and not reached():
                time.sleep(0.01)
            assert process.returncode is None, "it ended before it could be killed"
            os.killpg(process.pid, signal.SIGKILL)

    def killed_in_the_commit(self) -> None:
        """Killed while git waits for a hook of the user's."""
        hook, reached = self.root / ".git/hooks/pre-commit", self.root / ".dvc/tmp/committing"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{reached}'\nexec sleep 3600\n")
        hook.chmod(0o755)
        self.killed_when(reached.exists)
        hook.unlink()

    def dvc(self, *words: str) -> str:
        words = (sys.executable, "-m", "dvc", *words)
        done = subprocess.run(words, cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@contextmanager
def playing(mirror: Path, place: Path) -> Iterator[Play]:
    """A new project that follows a local server, its first release committed and not valued."""
    root = place / "valuations"
    rows = pd.read_csv(mirror / "radonpy" / FILE, dtype=str, keep_default_na=False).sample(frac=1, random_state=7)
    with serving() as services, pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("SIMWORTH_UPSTREAM", services.address),
            ("SIMWORTH_STORE", str(root.parent / "store")),
            ("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])),
            ("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@b.c"),
            ("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@b.c"),
        ):  # fmt: skip
            patch.setenv(name, value)
        assert main(["new", str(root), "--tasks", "density"]) == 0
        with patch.context() as inside:
            inside.chdir(root)
            prepare(root, rows)
        yield Play(root, services, rows)


@pytest.fixture(scope="module")
def play(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with playing(mirror, tmp_path_factory.mktemp("cron")) as made:
        yield made


def prepare(root: Path, rows: pd.DataFrame) -> None:
    """Small settings; a first release of 60 rows with an upstream; all of it committed."""
    yaml = YAML()
    params = yaml.load((root / "params.yaml").read_text())
    params["tasks"]["density"].update(TASK)
    del params["tasks"]["density"]["surface"]
    with (root / "params.yaml").open("w") as file:
        yaml.dump(params, file)
    (root.parent / FILE).write_bytes(text(rows[:60]))
    words = ["release", "add", "radonpy", str(root.parent / FILE), "--name", "first", "--reader", "PI1070"]
    assert main(["release", "fetch"]) == 0
    assert main([*words, "--redistribute"]) == 0
    entry = root / "data/catalogue/radonpy/first.yaml"
    content = yaml.load(entry.read_text())
    content["upstream"] = {"service": "github", "at": AT, "files": [PATH], "state": "0" * 40}
    with entry.open("w") as file:
        yaml.dump(content, file)
    for command in (["git", "add", "-A"], ["git", "commit", "-qm", "a new project"]):
        subprocess.run(command, cwd=root, check=True)


def time_of(file: Path) -> int:
    """When it was written last, in ns; 0 where it is not there."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@pytest.fixture(scope="module")
def tags(play: Play) -> list[str]:
    """Three releases, each valued by cron's command, which is killed once on the way."""
    state, trials = play.root / ".dvc/tmp/value.json", play.root / "results/trials/density.parquet"
    made = []
    for letter in SIZES:
        tag = play.publish(letter)
        before = time_of(trials)
        if letter == "1":
            play.killed_when(lambda: state.is_file() and '"adding"' in state.read_text())
        elif letter == "2":
            play.killed_when(lambda: time_of(trials) > before)  # noqa: B023
        else:
            play.killed_in_the_commit()
            assert (play.root / "reports/summaries" / f"{tag}.md").is_file()
        done = play.cron()
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        assert f"# {tag}" in done.stdout
        made.append(tag)
    return made


def test_each_release_has_its_commit_tag_entry_and_summary(play: Play, tags: list[str]) -> None:
    subjects = [f"radonpy: release {tag.removeprefix('radonpy-')} and its valuation" for tag in tags]
    assert play.git("log", "--format=%s", "--reverse").splitlines() == ["a new project", *subjects]
    assert play.git("tag").splitlines() == tags
    assert play.git("status", "--porcelain") == "", "nothing is left half made"
    entries = read_ledger(play.root / "reports/ledger")
    assert [entry.record.task for entry in entries] == ["density"] * 3
    assert not problems(entries)
    for tag in tags:
        assert play.git("show", f"{tag}:reports/summaries/{tag}.md").startswith(f"# {tag}")


def test_cron_has_nothing_more_to_do(play: Play, tags: list[str]) -> None:
    before = play.git("rev-parse", "HEAD")
    done = play.cron()
    assert done.returncode == 0 and "nothing more upstream" in done.stderr
    assert play.git("rev-parse", "HEAD") == before


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src") and value]


@pytest.fixture(scope="module")
def site(play: Play, tags: list[str]) -> Path:
    with contextlib.chdir(play.root):
        assert main(["site", "--out", "build/site", "--address", "https://example.org/valuations"]) == 0
    return play.root / "build/site"


def test_a_site_shows_all_three(site: Path, tags: list[str]) -> None:
    links = Links()
    links.feed((site / "index.html").read_text())
    pages = [link for link in links.found if link.endswith("/index.html")]
    assert pages == [f"{tag}/index.html" for tag in reversed(tags)]
    assert all((site / link).is_file() for link in links.found if not re.match(r"https?:|#|data:", link))
    feed = json.loads((site / "feed.json").read_text())
    assert [item["id"] for item in feed["items"]] == list(reversed(tags))


@needs_browser
def test_a_browser_finds_all_three(site: Path, tags: list[str], tmp_path: Path) -> None:
    """Index and pages, without a message or a request to anywhere."""
    index, *noise = visit(site / "index.html", tmp_path)
    assert noise == [[], []]
    assert [index.index(f">{tag}</a>") for tag in reversed(tags)] == sorted(index.index(f">{tag}</a>") for tag in tags)
    for tag in tags:
        page, *noise = visit(site / tag / "index.html", tmp_path)
        assert noise == [[], []] and "density" in page and "</html>" in page


def test_the_how_to_s_commands_of_dvc(play: Play, tags: list[str], tmp_path: Path) -> None:
    """Differences between tags, and an experiment, which writes no entry; in a copy, since they leave files."""
    shutil.copytree(play.root, tmp_path / "copy", symlinks=True)
    copy = Play(tmp_path / "copy", play.services, play.rows)
    first, *_, last = tags
    assert "density" in copy.dvc("metrics", "diff", first, last)
    page = copy.dvc("plots", "diff", first, last).strip()
    assert Path(page.removeprefix("file://")).is_file()
    entries = len(read_ledger(copy.root / "reports/ledger"))
    copy.dvc("exp", "run", "-S", "tasks.density.trials=5")
    assert len(read_ledger(copy.root / "reports/ledger")) == entries
    assert "tasks.density.trials" in copy.dvc("exp", "show", "--csv")


def test_a_pull_request_gets_the_summary_and_the_metrics(play: Play, tags: list[str], tmp_path: Path) -> None:
    """The workflow's own lines, with GitHub's program played by one that keeps what it is given."""
    workflow = YAML(typ="safe").load(ROOT / ".github/workflows/valuation.yml")
    (step,) = [one for one in workflow["jobs"]["value"]["steps"] if "gh pr comment" in one.get("run", "")]
    copy = tmp_path / "copy"
    shutil.copytree(play.root, copy, symlinks=True)
    programs = copy / ".venv/bin"
    programs.mkdir(parents=True)
    for name in ("simworth", "dvc"):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {name} "$@"\n')
    (programs / "gh").write_text('#!/bin/sh\necho "$1 $2 $3" > asked; cp "$5" comment.md\n')
    for path in programs.iterdir():
        path.chmod(0o755)
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", tags[0]], cwd=copy, check=True)
    script = step["run"].replace("${{ github.base_ref }}", "main").replace("${{ github.event.number }}", "7")
    told = {"GITHUB_STEP_SUMMARY": str(tmp_path / "page.md"), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", script], cwd=copy, env={**os.environ, **told}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    comment = (copy / "comment.md").read_text()
    assert (copy / "asked").read_text() == "pr comment 7\n"
    assert comment.startswith("# Since origin/main") and "## What to do" in comment
    assert "| density |" in comment.partition("## Laws")[2] and "| Path " in comment.partition("## Metrics")[2]
    assert (tmp_path / "page.md").read_text() == comment
