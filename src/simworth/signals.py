"""Signals that end a process."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(number: int, frame: object) -> None:
    """A closed terminal or a polite kill, as Ctrl-C."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def ended_by(handler: Callable[[int, object], object] | signal.Handlers) -> Iterator[None]:
    """Within the block `handler` answers the signals that end a process, save those that it ignores, as under nohup."""
    main = threading.current_thread() is threading.main_thread()  # no other thread may set handlers
    heeded = [sign for sign in _ENDING if main and signal.getsignal(sign) is not signal.SIG_IGN]
    before = {sign: signal.signal(sign, handler) for sign in heeded}
    try:
        yield
    finally:
        for sign, known in before.items():
            signal.signal(sign, known)
