"""One at a time, between processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import BaseFileLock

from simworth import locks
from simworth.errors import SimworthError
from simworth.locks import one_at_a_time


def test_who_waits_is_told_who_holds_it_and_for_how_long(tmp_path: Path) -> None:
    told: list[str] = []
    with (
        one_at_a_time(tmp_path / "new" / "a", told.append),
        pytest.raises(SimworthError, match=rf"a\.lock: process {os.getpid()} .* at work for 0 s"),
        one_at_a_time(tmp_path / "new" / "a", told.append, 0.3),
    ):
        pytest.fail("both hold it")
    assert len(told) == 1 and told[0].startswith(f"process {os.getpid()} on ") and ", since 20" in told[0]
    with one_at_a_time(tmp_path / "new" / "a", told.append):
        assert len(told) == 1, "it is free again"


def test_a_holder_that_left_no_name(tmp_path: Path) -> None:
    told: list[str] = []
    with one_at_a_time(tmp_path / "a", told.append):
        (tmp_path / "a.holder").unlink()
        with pytest.raises(SimworthError), one_at_a_time(tmp_path / "a", told.append, 0):
            pytest.fail("both hold it")
    assert told == ["another process"]


def test_a_file_system_without_locks_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    def none(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(BaseFileLock, "acquire", none)
    monkeypatch.setattr(locks, "event", lambda name, **_: events.append(name))
    with one_at_a_time(tmp_path / "a", events.append) as alone:
        assert not alone and not (tmp_path / "a.holder").exists()
    assert events == ["no lock: the file system has none"]
