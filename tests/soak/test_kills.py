"""Cron's command, killed at each of its steps in turn, ends as one that nobody killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simworth.ledger.chain import problems, read_ledger
from tests.soak.dying import STEPS
from tests.soak.test_cron import COMMAND, Play, playing

pytestmark = pytest.mark.soak
ROOT = Path(__file__).parents[2]
SAME = ("reports/valuation.json", "reports/metrics.json", "results/trials/density.parquet", "params.yaml")
"""files of which every byte is that of the undisturbed run"""


@pytest.fixture(scope="module")
def play(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """A project with remotes of git and DVC beside it, and a release that waits upstream."""
    with playing(mirror, tmp_path_factory.mktemp("kills")) as made:
        place = made.root.parent
        for words in (
            ["git", "init", "-q", "--bare", "team.git"],
            ["git", "-C", made.root, "remote", "add", "origin", "../team.git"],
            [sys.executable, "-m", "dvc", "--cd", made.root, "remote", "add", "-q", "-d", "team", "../../team.dvc"],
            ["git", "-C", made.root, "commit", "-qam", "a remote"],
        ):
            subprocess.run(words, cwd=place, check=True)
        made.publish("1")
        yield made


def killed(play: Play, step: str) -> None:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    words = [sys.executable, "-m", "tests.soak.dying", step]
    done = subprocess.run(
        words, cwd=play.root, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, f"{step} was not reached: {done.stdout[-900:]}{done.stderr[-900:]}"


def outcome(play: Play) -> list[object]:
    """What a run leaves, without times and machines."""
    entries = read_ledger(play.root / "reports/ledger")
    assert not problems(entries)
    committed = play.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    return [
        play.git("log", "--format=%s"),
        play.git("tag"),
        play.git("status", "--porcelain"),
        [entry.name for entry in entries],
        [path for path in committed if "/figures/" not in path],
        [(play.root / path).read_bytes() for path in SAME],
        play.git("show", f"HEAD:reports/summaries/{play.git('tag')}.md"),
    ]


def test_a_kill_at_each_step_loses_nothing(play: Play) -> None:
    """The last of the runs that go on are two at once, as by two schedulers."""
    place = play.root.parent
    shutil.copytree(play.root, place / "undisturbed", symlinks=True)
    for step in STEPS:
        killed(play, step)
    crons = [
        subprocess.Popen(COMMAND, cwd=play.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [cron.communicate() for cron in crons]
    assert [cron.returncode for cron in crons] == [0, 0], said
    twin = Play(place / "undisturbed", play.services, play.rows)
    team = Play(place / "team.git", play.services, play.rows)
    assert (team.git("rev-parse", "HEAD"), team.git("tag")) == (play.git("rev-parse", "HEAD"), play.git("tag"))
    twin.git("remote", "remove", "origin")
    done = twin.cron()
    assert done.returncode == 0, done.stderr[-2000:]
    assert outcome(play) == outcome(twin)
    assert not (play.root / ".dvc/tmp/value.unpushed").exists()
