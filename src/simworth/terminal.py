"""What people see on a terminal: tables on standard output, progress and notes on standard error."""

from __future__ import annotations

import contextlib
import io
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final

from simworth.environment import read_environment

WIDTH: Final = 120
"""characters of the widest tables and of wrapped text"""
_LINE_EVERY: Final = 30.0
"""seconds between lines of progress where there is no terminal"""


def say(text: str) -> None:
    """A line on standard error, unless SIMWORTH_QUIET is set."""
    if not read_environment().quiet:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Aligned columns as wide as their cells; `right` are those that are flush right. No line break at the end."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for place, name in enumerate(header):
        made.add_column(Text(name), no_wrap=True, justify="right" if place in right else "left")
    for row in rows:
        made.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=100_000, color_system=None).print(made)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def fixed_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row of a table whose columns have set widths; a negative one is flush left."""
    pairs = zip(cells, widths, strict=True)
    return " ".join(text.ljust(-width) if width < 0 else text.rjust(width) for text, width in pairs).rstrip()


def wrapped(text: str, indent: int = 2) -> list[str]:
    """Lines of at most WIDTH characters, broken between words."""
    pad = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False, break_on_hyphens=False
    )


class Bar:
    """How much of some work is done: a bar on a terminal, elsewhere a line every half minute."""

    def __init__(self, title: str, total: float | None, unit: str, lines: bool) -> None:
        self.title, self.total, self.unit, self.done = title, total, unit, 0.0
        self.live = sys.stderr.isatty() and not read_environment().quiet
        """whether a bar is drawn"""
        self._lines = lines and not self.live
        self._last = time.monotonic()
        self._lock = threading.Lock()
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True))
            more = (TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
            self._progress = Progress(*columns, *more, console=Console(stderr=True))
            self._task = self._progress.add_task(title, total=total, note="")
            self._progress.start()

    def advance(self, amount: float, note: str = "") -> None:
        """So much more is done; `note` says what is being done now."""
        with self._lock:
            self.done += amount
            if self.live:
                self._progress.update(self._task, advance=amount, note=note)
            elif self._lines and time.monotonic() - self._last >= _LINE_EVERY:
                self._last = time.monotonic()
                of = "" if self.total is None else f" of {self.total:,.0f}"
                say(f"{self.title}: {self.done:,.0f}{of} {self.unit}{f'; {note}' if note else ''}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.live:
            self._progress.stop()


@contextlib.contextmanager
def bar(title: str, total: float | None = None, unit: str = "", lines: bool = True) -> Iterator[Bar]:
    """A bar until the block ends; without `lines`, nothing is shown where there is no terminal."""
    shown = Bar(title, total, unit, lines)
    try:
        yield shown
    finally:
        shown.close()


def in_words(seconds: float) -> str:
    """43 s, 12 min, 3.4 h, 2.5 days."""
    for least, size, unit in ((86_400, 86_400, "days"), (3_600, 3_600, "h"), (120, 60, "min")):
        if seconds >= least:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.0f} s"
