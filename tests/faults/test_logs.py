"""What a night's run did can be read in the morning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.pipeline.repro import dvc_repro
from tests.faults.lab import made
from tests.faults.mounts import small_disk


def test_a_sweep_is_told_event_by_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = made(tmp_path, epochs=2, trials=10)
    monkeypatch.setenv("SIMWORTH_STORE", str(sweep.store))
    file = tmp_path / "logs" / "night.jsonl"
    assert main(["--log-file", str(file), *sweep.command]) == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    names = [line["event"] for line in lines]
    assert names == [
        *("command begins", "sweep begins", "computing"),
        *["shards kept"] * 6,
        *("sweep ended", "command ended"),
    ]
    assert {line["stage"] for line in lines} == {"sweep"}
    assert {line.get("task") for line in lines[1:-1]} == {"density"}
    assert all({"time", "level", "process"} <= line.keys() for line in lines)
    assert "SIMWORTH_LOG_FILE" not in os.environ, "nothing is left behind"


def test_a_failure_is_in_the_log_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--log-file", "night.jsonl", "run"]) == 1
    last = json.loads((tmp_path / "night.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last["level"], last["stage"]) == ("command failed", "error", "run")
    assert "holds no params.yaml" in last["reason"]


def test_verbose_says_it_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = made(tmp_path, epochs=2, trials=10)
    assert main(["-v", *sweep.command]) == 0
    said = capsys.readouterr().err
    assert "sweep density shards kept learning=transfer n=" in said and "sweep command ended" in said
    assert main(sweep.command) == 0
    assert "sweep density" not in capsys.readouterr().err, "only where it was asked for"


def test_stages_that_dvc_starts_write_to_the_same_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    stage = "simworth ledger --quality q --trials t --predictions p --sweeps s --fits f --ledger l"
    (tmp_path / "dvc.yaml").write_text(f"stages: {{one: {{cmd: '{stage}'}}}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMWORTH_LOG_FILE", str(tmp_path / "night.jsonl"))
    assert dvc_repro((), 1, lambda _: None).code != 0
    found = [json.loads(line) for line in (tmp_path / "night.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["stage"], one["event"]) for one in found] == [
        ("ledger", "command begins"),
        ("ledger", "command failed"),
    ]


def test_a_log_that_cannot_be_opened_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--log-file", str(tmp_path / "file" / "night.jsonl"), "history"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_log_on_a_full_disk_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = made(tmp_path, epochs=2, trials=10)
    monkeypatch.setenv("SIMWORTH_STORE", str(sweep.store))
    with small_disk(tmp_path / "disk", "8k") as disk:
        (disk / "filler").write_bytes(b"x" * 8192)
        (disk / "night.jsonl").touch()
        assert main(["--log-file", str(disk / "night.jsonl"), *sweep.command]) == 0
    said = capsys.readouterr().err
    assert said.count("cannot be written") == 1 and "the run goes on without it" in said
