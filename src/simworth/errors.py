"""The one exception whose message is meant for the user's eyes."""

from __future__ import annotations


class SimworthError(Exception):
    """An expected failure. Its message is one line that names the thing, the rule, the value and the way out."""

    exit_code = 1


class NoReleaseReachable(SimworthError):
    """No selected release could be brought from cache, remote, mirror or origin."""

    exit_code = 3
