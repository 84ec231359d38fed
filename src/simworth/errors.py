"""The exception whose message is shown to the user."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import ValidationError

_REMEDIES: Final = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some of your quota on that disk",
    errno.EFBIG: "allow larger files there (ulimit -f)",
    errno.EROFS: "make it writable, or work in a folder that is",
    errno.EACCES: "make it readable and writable for you",
    errno.EPERM: "make it readable and writable for you",
    errno.ENOTDIR: "a file is in the way of a folder: move it away",
    errno.EEXIST: "a file is in the way of a folder: move it away",
    errno.EISDIR: "a folder is in the way of a file: move it away",
    errno.ESTALE: "the network folder has changed: mount it again",
    errno.ENAMETOOLONG: "work in a folder of a shorter path",
    errno.EIO: "the disk or its connection fails: look at the system's log",
    errno.EMFILE: "allow more open files (ulimit -n), or fewer SIMWORTH_WORKERS",
}
"""what a user does about an error of the file system"""


class SimworthError(Exception):
    """An expected failure. Its message is one line that names the thing, the rule, the value and the way out."""

    exit_code = 1


class NoReleaseReachable(SimworthError):
    """No selected release could be brought from cache, remote, mirror or origin."""

    exit_code = 3


def of_the_machine(error: OSError | MemoryError) -> SimworthError | None:
    """What the disk or the memory refused, in words; None for an error that is a fault of the code."""
    kept = "what is finished is kept: run the same command to go on"
    if isinstance(error, MemoryError):
        return SimworthError(f"memory: there is not enough; end other programs or set SIMWORTH_WORKERS lower; {kept}")
    if error.errno not in _REMEDIES:
        return None
    return SimworthError(f"{error.filename or 'a file'}: {error.strerror}; {_REMEDIES[error.errno]}; {kept}")


def first_of(error: ValidationError) -> str:
    """What is wrong with the first field that a record does not take: its name and the rule."""
    detail = error.errors()[0]
    field = ".".join(str(step) for step in detail["loc"]) or "the whole"
    return f"{field}: {detail['msg'].removeprefix('Value error, ')}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known name, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; one of: {', '.join(names) or 'none'}"
