"""A made-up project on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simworth.__main__ import main
from simworth.valuation.records import Valuation, Valued


@dataclass(frozen=True)
class Project:
    """A folder with results and reports."""

    folder: Path

    def report(self, *flags: str) -> int:
        """Run `simworth report` on it."""
        results = [f"{self.folder}/results/{name}" for name in ("trials", "predictions", "sweeps", "fits", "curves")]
        named = {
            "--params": f"{self.folder}/params.yaml",
            "--quality": f"{self.folder}/data/quality",
            **dict(zip(("--trials", "--predictions", "--sweeps", "--fits", "--curves"), results, strict=True)),
            "--valuation": f"{self.folder}/reports/valuation.json",
            "--metrics": f"{self.folder}/reports/metrics.json",
            "--page": str(self.path),
        }
        return main(["report", *(part for pair in named.items() for part in pair), *flags])

    def ledger(self) -> int:
        """Run `simworth ledger` on it."""
        names = ("trials", "predictions", "sweeps", "fits")
        options = [part for name in names for part in (f"--{name}", f"{self.folder}/results/{name}")]
        given = ["--params", f"{self.folder}/params.yaml", "--quality", f"{self.folder}/data/quality"]
        return main(["ledger", *given, *options, "--ledger", f"{self.folder}/reports/ledger"])

    @property
    def path(self) -> Path:
        return self.folder / "reports/index.html"

    @property
    def page(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def valuation(self) -> Valuation:
        return Valuation.read(self.folder / "reports/valuation.json")

    def entry(self, task: str) -> Valued:
        """A task that has a law."""
        found = self.valuation.tasks[task]
        assert isinstance(found, Valued)
        return found
