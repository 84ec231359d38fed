"""`simworth run`: one at a time, in order, and plain words where something is amiss."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.errors import NoReleaseReachable, SimworthError
from simworth.locks import one_at_a_time
from simworth.pipeline import run as module
from simworth.pipeline.repro import Repro
from simworth.pipeline.run import run, told_apart
from tests.stages import fitted_project

ROOT = Path(__file__).parents[2]
VALUATION = {"level": 0.9, "tasks": {"density": {"status": "waiting", "reason": "no measurements", "unit": ""}}}


class Lines(list[str]):
    """What was said."""

    @property
    def text(self) -> str:
        return "\n".join(self)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a project; fetching and dvc are played."""
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / name).write_text("{}\n", encoding="utf-8")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "valuation.json").write_text(json.dumps(VALUATION), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "bring", lambda say: say("fetched"))
    monkeypatch.setattr(module, "announce", lambda tasks, say: None)
    monkeypatch.setattr(module, "count_stages", lambda *_: 2)
    play(monkeypatch, Repro(ran=["one", "two"]))
    return tmp_path


def play(monkeypatch: pytest.MonkeyPatch, outcome: Repro) -> None:
    """Let dvc end like this."""
    monkeypatch.setattr(module, "dvc_repro", lambda targets, stages, say: outcome)


def write(project: Path, **tasks: object) -> None:
    """The valuation of these tasks."""
    text = json.dumps({"level": 0.9, "tasks": tasks})
    (project / "reports" / "valuation.json").write_text(text, encoding="utf-8")


def go(
    publish: Sequence[str] | Exception = ("sent",), targets: Sequence[str] = (), strict: bool = False
) -> tuple[Lines, Lines]:
    """Run; (said, warned)."""
    said, warned = Lines(), Lines()

    def published() -> Sequence[str]:
        if isinstance(publish, Exception):
            raise publish
        return publish

    run(targets, published, said.append, warned.append, strict)
    return said, warned


def settings_of_the_repository(project: Path) -> None:
    (project / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")


def test_it_ends_with_the_table_of_laws_and_the_report(project: Path) -> None:
    said, warned = go()
    assert said[:3] == ["fetched", "stages: 2 ran", "sent"]
    assert "density" in said[-2] and "waiting: no measurements" in said[-2]
    assert said[-1] == f"report: {project / 'reports' / 'index.html'}"
    assert not warned


def test_where_nothing_ran_it_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, Repro(unchanged=["one", "two"]))
    said, _ = go()
    assert "nothing to do: data, settings and code of all 2 stages are as in dvc.lock" in said


def test_a_failed_stage_is_named_and_nothing_is_published(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, Repro(code=255, ran=["one", "two"]))
    with pytest.raises(SimworthError, match=r"stage 'two' failed .* are kept"):
        go(publish=AssertionError("must not be reached"))
    play(monkeypatch, Repro(code=255))
    with pytest.raises(SimworthError, match="before any stage ran"):
        go()


def test_a_part_is_its_laws_and_models(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fails(targets: Sequence[str], stages: int, say: object) -> Repro:
        asked.extend(targets)
        return Repro(code=1)

    settings_of_the_repository(project)
    monkeypatch.setattr(module, "dvc_repro", fails)
    assert main(["run", "--tasks", "density, chi"]) == 1
    assert asked == ["fit@density", "model@density", "fit@chi", "model@chi"]


def test_a_backtest_runs_where_it_is_named_after_its_task_is_prepared(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def prepares(targets: Sequence[str], stages: int, say: object) -> Repro:
        asked.extend(targets)
        return Repro()

    settings_of_the_repository(project)
    monkeypatch.setattr(module, "dvc_repro", prepares)
    assert main(["run", "--tasks", "band_gap_backtest"]) == 1  # nothing was prepared
    assert asked == ["prepare@band_gap"]


def test_an_unknown_part_is_refused(project: Path) -> None:
    settings_of_the_repository(project)
    with pytest.raises(SimworthError, match=r"--tasks: no task 'densty' in params\.yaml; did you mean 'density'"):
        told_apart(["densty"])


def test_a_store_that_is_down_is_a_warning(project: Path) -> None:
    said, warned = go(publish=SimworthError("MLflow store: cannot be reached"))
    assert warned == ["warning: MLflow store: cannot be reached"]
    assert said[-1].startswith("report: ")


def test_strict_names_what_was_not_done(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that wait are no failure, but nothing valued at all is one for a scheduler."""
    with pytest.raises(SimworthError, match="not done: nothing was valued"):
        go(strict=True)
    write(project, density={"status": "failed", "reason": "no trial ended", "unit": ""})
    with pytest.raises(SimworthError, match=r"MLflow \(cannot be reached\); task density failed \(no trial ended\)"):
        go(publish=SimworthError("cannot be reached"), strict=True)
    go()


def test_strict_holds_for_a_part(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_of_the_repository(project)
    waits = fitted_project(project / "made")
    waits.settings({"grid": {"points": 5, "n_min": 1_000}}, "density")
    waits.again("prepare@density", "sweep@density", "fit@density")
    shutil.copytree(waits.root / "results/fits", project / "results/fits")
    run([], tuple, print, print, tasks=["density"])
    with pytest.raises(SimworthError, match="not done: nothing was valued"):
        run([], tuple, print, print, strict=True, tasks=["density"])


def test_strict_runs_no_demo(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(say: object) -> None:
        raise NoReleaseReachable("no release can be reached: here is why")

    monkeypatch.setattr(module, "bring", unreachable)
    monkeypatch.setattr("simworth.demo.workspace.run_demo", lambda *_: pytest.fail("the demo ran"))
    assert main(["run", "--strict"]) == 3
    monkeypatch.setenv("SIMWORTH_STRICT", "1")
    assert main(["run"]) == 3
    assert "here is why" in capsys.readouterr().err


def test_only_one_run_at_a_time(project: Path) -> None:
    """A second run is told who is at work, from another process too; then the place is free again."""
    code = """import pathlib, sys
from simworth.locks import one_at_a_time
with one_at_a_time(pathlib.Path(".dvc/tmp/run"), sys.exit):
    pass
"""
    with one_at_a_time(project / ".dvc" / "tmp" / "run", print):
        with pytest.raises(SimworthError, match=r"one run at a time, and process \d+ on .+, since \d{4}-"):
            go()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stderr.startswith(f"process {os.getpid()} on ")
    go()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_failed_run_gives_the_lock_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, Repro(code=1))
    for _ in range(2):
        with pytest.raises(SimworthError, match="failed"):
            go()


def test_outside_a_project_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SimworthError, match=r"holds no params\.yaml"):
        go()
    assert not list(tmp_path.iterdir())


def test_without_any_release_the_demo_runs_and_says_so_first_and_last(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(say: object) -> None:
        raise NoReleaseReachable("no release can be reached: here is why")

    monkeypatch.setattr(module, "bring", unreachable)
    monkeypatch.setattr("simworth.demo.workspace.run_demo", lambda *_: print("the demo's table"))
    assert main(["run"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert "here is why" in err
    assert "demo" in lines[0] and "made-up" in lines[0]
    assert lines[1] == "the demo's table"
    assert "DEMO" in lines[-1] and "SIMWORTH_MIRROR" in lines[-1]
