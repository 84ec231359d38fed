"""`dvc repro` as a child: what is passed on, what is noted, and that nothing outlives an interruption."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simworth.pipeline.repro import Repro, count_stages, dvc_repro

ROOT = Path(__file__).parents[2]
STAGES = """\
stages:
  one: {cmd: "echo hello > one.txt && echo said", outs: [one.txt]}
  two: {cmd: "cat one.txt > two.txt", deps: [one.txt], outs: [two.txt]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DVC project of two stages, the working folder."""
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text(STAGES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_stages_are_noted_and_shown_with_their_number(project: Path) -> None:
    lines: list[str] = []
    first = dvc_repro((), 2, lines.append)
    assert (first.code, first.ran, first.unchanged) == (0, ["one", "two"], [])
    assert lines == ["[1/2] one", "said", "[2/2] two"]
    second = dvc_repro((), 2, lines.append)
    assert (second.code, second.ran, second.unchanged) == (0, [], ["one", "two"])
    assert len(lines) == 3
    assert dvc_repro(("one",), 0, lines.append).unchanged == ["one"]


def test_the_stage_that_failed_is_the_last(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "dvc.yaml").write_text(STAGES.replace("cat one.txt", "cat nothing.txt"), encoding="utf-8")
    done = dvc_repro((), 2, lambda _: None)
    assert done.code != 0
    assert done.last == "two"
    assert "nothing.txt" in capfd.readouterr().err
    assert (project / "one.txt").is_file()


def test_nothing_outlives_an_interruption(project: Path) -> None:
    """The stage starts a process of its own; a Ctrl-C while it runs ends both."""
    (project / "dvc.yaml").write_text(
        "stages:\n  one:\n    cmd: sh -c 'sleep 300 & echo $! > pid; echo up; wait'\n", encoding="utf-8"
    )

    def interrupt(line: str) -> None:
        if line == "up":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dvc_repro((), 1, interrupt)
    assert gone(int((project / "pid").read_text()))


def test_a_polite_kill_ends_the_run_as_an_interruption(project: Path) -> None:
    (project / "dvc.yaml").write_text("stages:\n  one: {cmd: 'echo up; sleep 300'}\n", encoding="utf-8")
    code = "from simworth.pipeline.repro import dvc_repro; dvc_repro((), 1, lambda line: print(line, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "[1/1] one\n"
        assert process.stdout.readline() == "up\n"
        process.terminate()
        _, complaint = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in complaint


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Running stage 'sweep@density':", "[1/9] sweep@density"),
        ("Stage 'fit@density' is cached - skipping run, checking out outputs", "[1/9] fit@density: taken from DVC's"),
        ("Stage 'fit@density' didn't change, skipping", ""),
        ("'data/raw/radonpy.dvc' didn't change, skipping", ""),
        ("> simworth sweep density", ""),
        ("Updating lock file 'dvc.lock'", ""),
        ("density: 33% trained in 53 s", "density: 33% trained in 53 s"),
        ("", ""),
    ],
)
def test_lines_that_tell_nothing_are_not_shown(line: str, shown: str) -> None:
    got = Repro(stages=9).note(line)
    assert got.startswith(shown) if shown else got == ""


def test_stages_are_counted_as_dvc_counts_them() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--name-only"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert count_stages(ROOT / "dvc.yaml", ROOT / "params.yaml") == len(listed.stdout.split())


def gone(process: int) -> bool:
    """Whether a process has ended, or does within two seconds."""
    for _ in range(20):
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat")
            if state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
