"""A disk that is full or may not be written: one line says so, and no finished trial is lost."""

from __future__ import annotations

import errno
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.errors import of_the_machine
from simworth.files import write_whole
from tests.faults.lab import UNITS, Swept, made
from tests.faults.mounts import remount, small_disk


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Swept:
    found = made(tmp_path, epochs=2)
    monkeypatch.setenv("SIMWORTH_STORE", str(found.store))
    return found


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of an expected failure."""
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("simworth: error:")]
    assert len(said) == 1
    return said[0]


def test_a_full_disk_costs_no_finished_trial(
    sweep: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(sweep.command) == 0
    size = max(path.stat().st_size for path in sweep.store.glob("units/*/*.safetensors"))
    with small_disk(sweep.root / "disk", f"{5 * size}") as disk:
        full = replace(sweep.apart("full"), store=disk)
        monkeypatch.setenv("SIMWORTH_STORE", str(disk))
        assert main(full.command) == 1
        said = error_line(capsys)
        assert "No space left on device; free some space on that disk; what is finished is kept" in said
        assert str(disk) in said
        kept = full.units
        assert 1 <= len(kept) < UNITS
        assert not list(disk.glob("units/*/.*")), "no half-written file takes space"
        remount(disk, "size=100m")
        assert main(full.command) == 0
        assert {name: full.units[name] for name in kept} == kept, "none was trained again"
        assert full.tables == sweep.tables


def test_a_read_only_results_folder_is_noticed_before_training(
    sweep: Swept, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(sweep.root / "disk", "1m") as disk:
        remount(disk, "ro")
        assert main(replace(sweep, results=disk).command) == 1
        assert "Read-only file system; make it writable" in error_line(capsys)
        assert not sweep.units, "nothing was trained in vain"


def test_a_read_only_store_is_said(
    sweep: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(sweep.root / "disk", "1m") as disk:
        remount(disk, "ro")
        monkeypatch.setenv("SIMWORTH_STORE", str(disk))
        assert main(sweep.command) == 1
        assert "Read-only file system" in error_line(capsys)


def test_a_file_in_place_of_the_results_folder_is_said(sweep: Swept, capsys: pytest.CaptureFixture[str]) -> None:
    """Provokes the same where nothing may be mounted."""
    (sweep.root / "results").write_text("")
    assert main(replace(sweep, results=sweep.root / "results").command) == 1
    assert "a file is in the way of a folder" in error_line(capsys)
    assert not sweep.units


LIMITED = """
import resource, sys
from simworth.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
sys.exit(main(sys.argv[1:]))
"""


def test_a_file_that_may_not_grow_is_said(sweep: Swept, tmp_path: Path) -> None:
    """The limit that a shell's ulimit sets, met by the first unit."""
    script = tmp_path / "limited.py"
    script.write_text(LIMITED)
    done = subprocess.run([sys.executable, script, *sweep.command], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "File too large; allow larger files there (ulimit -f)" in done.stderr
    assert not list(sweep.store.glob("units/*/*"))


def test_a_file_is_there_whole_or_as_before(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        path = disk / "entry.json"
        write_whole(path, b"old")
        with pytest.raises(OSError, match="No space left") as raised:
            write_whole(path, b"x" * 100_000)
        assert raised.value.filename == str(path)
        assert path.read_bytes() == b"old" and [file.name for file in disk.iterdir()] == ["entry.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.ESTALE])
def test_what_the_disk_refuses_is_no_traceback(number: int) -> None:
    said = str(of_the_machine(OSError(number, "the reason", "some/file")))
    assert said.startswith("some/file: the reason; ") and "run the same command to go on" in said


def test_a_store_in_a_place_that_takes_none_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    swept = made(tmp_path, epochs=1, trials=2)
    monkeypatch.setenv("SIMWORTH_STORE", "/proc/nowhere")
    assert main(swept.command) == 1
    said = capsys.readouterr().err
    assert "/proc/nowhere/" in said and "make it writable" in said and "Traceback" not in said


def test_a_fault_of_the_code_stays_one() -> None:
    assert of_the_machine(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
