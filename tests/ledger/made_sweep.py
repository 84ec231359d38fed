"""Stages of a made-up pipeline: python made_sweep.py ingest DATABASE | sweep; what they make depends on data/raw."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "valuation"))

from fake_tables import Planted, planted, quality

from simworth.data.records import Snapshot, SnapshotFile
from simworth.digests import file_md5, folder_md5


def ingest(database: str) -> None:
    """A quality report whose snapshot is that of the raw folder, and whose classes are those its file names."""
    report, raw = quality(database), Path("data/raw") / database
    files = tuple(SnapshotFile(name=path.name, md5=file_md5(path), rows=1) for path in sorted(raw.iterdir()))
    snapshot = Snapshot(md5=folder_md5((file.name, file.md5) for file in files), files=files)
    classes = json.loads((raw / "state.json").read_text())["classes"]
    releases = {name: one.model_copy(update={"classes": classes}) for name, one in report.releases.items()}
    news = {"snapshot": snapshot, "releases": releases}
    report.model_copy(update=news).write(Path(f"data/quality/{database}.json"))


def sweep() -> None:
    """Tables of the planted law at the size that the simulation's file names."""
    n_max = json.loads(Path("data/raw/radonpy/state.json").read_text())["n_max"]
    planted(Planted(n_max=n_max, points=6, trials=12, materials=40)).write(Path("results"))


if __name__ == "__main__":
    ingest(sys.argv[2]) if sys.argv[1] == "ingest" else sweep()
