"""A crash while an entry is written leaves it whole or absent; what was done to the ledger afterwards is named."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simworth.ledger.chain import Entry, file_name, problems, read_ledger
from simworth.ledger.records import LedgerEntry
from tests.faults.lab import ROOT
from tests.ledger.test_chain import entry

WRITER = """
import json
import sys
from pathlib import Path
from simworth.ledger.chain import read_ledger, sealed
from simworth.files import write_whole
folder, before, seq = Path(sys.argv[1]), None, 0
first = read_ledger(Path("reports/ledger"))[0].record
print("ready", flush=True)
while True:
    seq += 1
    changes = {"seq": seq, "digest": f"{seq:032x}", "previous": before, "merges": ()}
    entry = sealed(first.model_copy(update=changes))
    write_whole(folder / entry.name, json.dumps(entry.content).encode())
    before = entry.hash
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    """Ten writers of long entries, each killed at a random moment of it."""
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(random.SystemRandom().uniform(0.01, 0.15))
            writer.kill()
        entries = read_ledger(folder)
        assert problems(entries) == []
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Four entries in a folder."""
    before = None
    for seq in range(1, 5):
        before = entry(seq, before)
        (tmp_path / before.name).write_text(json.dumps(before.content), encoding="utf-8")
    return tmp_path


def named(folder: Path) -> set[str]:
    """Entries that are accused."""
    return {problem.entry for problem in problems(read_ledger(folder)) if problem.fatal}


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_edited(ledger: Path) -> None:
    victim = files(ledger)[1]
    victim.write_text(victim.read_text().replace('"density"', '"Density"'))
    assert victim.name in named(ledger)


def test_removed(ledger: Path) -> None:
    victim, after = files(ledger)[1:3]
    victim.unlink()
    assert named(ledger) == {after.name}, "what follows the one that is missing is named"


def test_reordered(ledger: Path) -> None:
    """Two entries change places, names and numbers too."""
    first, second = files(ledger)[1:3]
    contents = [json.loads(path.read_text()) for path in (first, second)]
    contents[0]["seq"], contents[1]["seq"] = contents[1]["seq"], contents[0]["seq"]
    records = [LedgerEntry.model_validate(content) for content in contents]
    swapped = [Entry(file_name(record), content, record) for record, content in zip(records, contents, strict=True)]
    first.unlink()
    second.unlink()
    for one in swapped:
        (ledger / one.name).write_text(json.dumps(one.content), encoding="utf-8")
    assert {one.name for one in swapped} <= named(ledger)


def test_swapped_files(ledger: Path) -> None:
    """The contents of two files change places."""
    one, two = files(ledger)[1:3]
    first, second = one.read_text(), two.read_text()
    one.write_text(second)
    two.write_text(first)
    assert {one.name, two.name} <= named(ledger)
