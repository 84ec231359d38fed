"""Bring the releases, run the pipeline, publish, and say what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from simworth.config import backtest_of
from simworth.data.dvc_project import cached_whole, default_remote, run_dvc, silent
from simworth.data.private import declared
from simworth.data.project import Project
from simworth.errors import SimworthError, did_you_mean
from simworth.locks import one_at_a_time
from simworth.logs import event
from simworth.pipeline.new import refresh_code
from simworth.pipeline.repro import Repro, Say, count_stages, dvc_repro
from simworth.valuation.backtest import NEXT
from simworth.valuation.records import Fit, TaskEntry, Valuation
from simworth.valuation.table import table_of_laws
from simworth.yaml_files import read_yaml

HERE: Final = Project()
PARAMS: Final = HERE.params
PIPELINE: Final = HERE.pipeline
PREPARED: Final = Path("data/prepared")
FITS: Final = Path("results/fits")
VALUATION: Final = Path("reports/valuation.json")
LEDGER: Final = Path("reports/ledger")
PAGE: Final = Path("reports/index.html")
SCRATCH: Final = Path(".dvc/tmp")
"""where DVC keeps what is of this workspace and this moment alone"""

Publish = Callable[[], Sequence[str]]
"""sends what is new to MLflow; returns lines for the user"""


def run(
    targets: Sequence[str], publish: Publish, say: Say, warn: Say, strict: bool = False, tasks: Sequence[str] = ()
) -> None:
    """Run everything in the working folder, a project of SimWorth; with `tasks` these alone, up to their laws and
    models: page, ledger and MLflow, which are of all tasks, stay as they are. Backtests run where they are among them.

    Raises NoReleaseReachable where no release can be had, before anything has run; SimworthError where another run
    is at work, a release is not right, or a stage failed. A store of MLflow's that is down is a warning. With `strict`
    SimworthError names, at the end, what was not done.
    """
    _in_project()
    NEXT.mkdir(parents=True, exist_ok=True)  # a stage depends on it
    with one_at_a_time(SCRATCH / "run", _refuse):
        pull(PIPELINE, say, warn)
        bring(say)
        refresh_code(Path())
        tasks, tested = told_apart(tasks)
        if tasks or not tested:
            announce(tasks, say)
        targets = [*targets, *(f"{stage}@{name}" for name in tasks for stage in ("fit", "model"))]
        targets += [f"prepare@{backtest_of(HERE.settings(), name).task}" for name in tested]
        done = dvc_repro(targets, 0 if targets else count_stages(PIPELINE, PARAMS), say)
        event("pipeline ended", code=done.code, ran=done.ran, restored=done.restored, unchanged=len(done.unchanged))
        if done.code:
            raise SimworthError(_failed(done))
        say(_summary(done))
        if tested:
            _backtest(tested, say)
        part = bool(tasks or tested)
        undone = [] if part else _publish(publish, say, warn)
    if part:
        valued = _show_part(tasks, say)
    else:
        _show(say)
        valued = Valuation.read(VALUATION).tasks if VALUATION.is_file() else {}
    undone += _not_valued(valued) if tasks or not part else []
    if strict and undone:
        raise SimworthError(f"not done: {'; '.join(undone)}")


def _refuse(holder: str) -> None:
    raise SimworthError(
        f"workspace {Path.cwd()}: one run at a time, and {holder} is running; wait for it to end, or end it"
    )


def _in_project() -> None:
    for path in (PARAMS, PIPELINE, Path(".dvc")):
        if not path.exists():
            raise SimworthError(f"{Path.cwd()}: holds no {path}; run in the root of a SimWorth project")


def bring(say: Say) -> None:
    """Lay the selected releases of the project in the working folder down."""
    from simworth.data.fetch import fetch

    fetch(HERE, say)


def announce(tasks: Sequence[str], say: Say) -> None:
    """Say what training `tasks`, none being all, will take."""
    from simworth.pipeline.expected import expected  # loads descriptors

    settings = HERE.settings()
    for line in expected(settings, tasks or list(settings.tasks), PREPARED, VALUATION):
        say(line)


def told_apart(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those of `names` that are tasks, and those that are backtests; SimworthError where one is neither."""
    if not names:
        return [], []
    settings = HERE.settings()
    known = [*settings.tasks, *settings.backtests]
    if unknown := [name for name in names if name not in known]:
        raise SimworthError(f"--tasks: no task {unknown[0]!r} in {PARAMS}{did_you_mean(unknown[0], known)}")
    tasks, tested = ([name for name in names if name in section] for section in (settings.tasks, settings.backtests))
    return tasks, tested


def _backtest(names: Sequence[str], say: Say) -> None:
    from simworth.model.backtest import BacktestFolders, run_backtest  # loads torch

    settings = HERE.settings()
    for name in names:
        run_backtest(settings, backtest_of(settings, name), BacktestFolders(), say)


def _failed(done: Repro) -> str:
    kept = "finished stages and shards are kept; mend it and run the same command to go on"
    if not done.last:
        return f"dvc repro failed before any stage ran (above: why); {kept}"
    return f"stage {done.last!r} failed (above: why); {kept}"


def _summary(done: Repro) -> str:
    if not done.ran and not done.restored:
        return f"nothing to do: data, settings and code of all {len(done.unchanged)} stages are as in dvc.lock"
    parts = [(done.ran, "ran"), (done.restored, "taken from DVC's cache"), (done.unchanged, "unchanged")]
    return "stages: " + ", ".join(f"{len(stages)} {what}" for stages, what in parts if stages)


def _publish(publish: Publish, say: Say, warn: Say) -> list[str]:
    """Publish; what was not done."""
    try:
        for line in publish():
            say(line)
    except SimworthError as error:
        event("not published", logging.WARNING, reason=str(error))
        warn(f"warning: {error}")
        return [f"not published to MLflow ({error})"]
    return []


def _not_valued(tasks: Mapping[str, TaskEntry]) -> list[str]:
    """Tasks that failed; that nothing was valued, where nothing was."""
    failed = [f"task {name} failed ({task.reason})" for name, task in tasks.items() if task.status == "failed"]
    return failed + ([] if any(task.status == "ok" for task in tasks.values()) else ["nothing was valued"])


def _show_part(tasks: Sequence[str], say: Say) -> dict[str, TaskEntry]:
    """What the fits of these tasks found."""
    fits = {name: Fit.read(FITS / f"{name}.json") for name in tasks}
    entries = {name: fit.entry for name, fit in fits.items()}
    if fits:
        say("\n" + table_of_laws(Valuation(level=next(iter(fits.values())).level, tasks=entries)))
    say("page, ledger and MLflow are of all tasks and stay as they are; `simworth run` brings them up to date")
    return entries


def _show(say: Say) -> None:
    if not VALUATION.is_file():
        return
    say("")
    say(table_of_laws(Valuation.read(VALUATION)).rstrip() + "\n")
    say(f"report: {PAGE.resolve()}")


LOCK: Final = Path("dvc.lock")


def pull(pipeline: Path, say: Say, warn: Say) -> None:
    """Fetch into DVC's cache what dvc.lock of the working folder names and the cache lacks, where a remote is set.

    A remote that does not answer within half a minute, or lacks some of it, is said and passed over.
    """
    remote = default_remote(Path())
    missing = list(_missing(pipeline)) if remote and LOCK.is_file() else []
    if not missing:
        return
    say(f"DVC remote {remote!r}: asking for {len(missing)} outputs of dvc.lock that are not in the cache")
    complaint = silent(Path.cwd(), remote) or run_dvc("fetch", *missing, folder=Path())
    if lacking := list(_missing(pipeline)):
        complaint = complaint or f"lacks {len(lacking)} of them"
        event("not pulled", remote=remote, reason=complaint)
        warn(f"DVC remote {remote!r}: {complaint}; what it did not give is made here")


def _missing(pipeline: Path) -> Iterator[str]:
    """Outputs of the lock file that DVC's cache should hold and does not."""
    in_git = {out.path for out in declared(pipeline) if out.options.get("cache") is False}
    for stage in (read_yaml(LOCK, "lock file").get("stages") or {}).values():
        for out in stage.get("outs", ()):
            if out["path"] not in in_git and not cached_whole(str(out.get("md5", "")), Path()):
                yield str(out["path"])
