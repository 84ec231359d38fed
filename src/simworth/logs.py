"""The log of a run: one line of JSON an event, from every process of the run.

`simworth --log-file FILE`, or SIMWORTH_LOG_FILE, which the stages that a run starts inherit. `-v` shows the same on
the terminal. Events come from the process that leads a stage; workers answer to it and write nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from simworth.errors import SimworthError

FILE: Final = "SIMWORTH_LOG_FILE"
VERBOSE: Final = "SIMWORTH_VERBOSE"
"""environment variables by which the options reach the stages of a run"""
_LOG: Final = logging.getLogger("simworth")
_LOG.addHandler(logging.NullHandler())  # without a handler, Python would print warnings


def event(name: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Note that something happened. `fields` are plain values; stage and task are added."""
    if _LOG.isEnabledFor(level):
        _LOG.log(level, name, extra={"fields": _place() | fields})


def _place() -> dict[str, str]:
    """The command that runs in this process, and what it runs on."""
    context = click.get_current_context(silent=True)
    if context is None or context.parent is None:
        return {}
    named = {key: str(context.params[key]) for key in ("task", "database") if context.params.get(key)}
    return {"stage": str(context.info_name), **named}


@contextlib.contextmanager
def logging_to(verbose: bool, file: Path | None) -> Iterator[None]:
    """Log as the options say, else as the environment says, until the block ends; then everything is as it was."""
    from simworth.environment import exported, log_file, read_environment  # a third of a second, which workers need not

    told = {FILE: str(file.absolute()) if file else None, VERBOSE: "1" if verbose else None}
    with exported({name: value for name, value in told.items() if value}):
        handlers = [*_to_terminal(read_environment().verbose), *_to_file(log_file())]
        level = _LOG.level
        try:
            for handler in handlers:
                _LOG.addHandler(handler)
            if handlers:
                _LOG.setLevel(logging.INFO)
            yield
        finally:
            _LOG.setLevel(level)
            for handler in handlers:
                _LOG.removeHandler(handler)
                handler.close()


def _to_terminal(verbose: bool) -> list[logging.Handler]:
    if not verbose:
        return []
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Words())
    return [handler]


def _to_file(path: Path | None) -> list[logging.Handler]:
    if path is None:
        return []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _File(path)
    except OSError as error:
        raise SimworthError(
            f"log file {path}: cannot be written ({error.strerror}); name another with --log-file"
        ) from None
    handler.setFormatter(_Json())
    return [handler]


class _File(logging.Handler):
    """Appends each line in one piece, so that processes may share the file; one that can no longer be written is
    reported once, and stops nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path, self._failed = path, False
        self._file = path.open("ab", buffering=0)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._file.write(f"{self.format(record)}\n".encode())
        except OSError as error:
            if not self._failed:
                self._failed = True
                sys.stderr.write(
                    f"simworth: warning: log file {self._path}: cannot be written ({error.strerror}); "
                    "the run goes on without it; free some space or name another file\n"
                )

    def close(self) -> None:
        self._file.close()
        super().close()


class _Json(logging.Formatter):
    """{"time", "level", "event", "process", then stage, task and fields}."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        fields = {"process": record.process, **getattr(record, "fields", {})}
        return json.dumps(head | fields, default=str, ensure_ascii=False)


class _Words(logging.Formatter):
    """Time, stage, task, event, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(getattr(record, "fields", {}))
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        head = [str(fields.pop(key)) for key in ("stage", "task", "database") if key in fields]
        words = [f"{key}={value}" for key, value in fields.items()]
        return " ".join([clock, *head, record.getMessage(), *words])
