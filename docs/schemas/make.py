"""Write the JSON Schemas of result files beside this script: python docs/schemas/make.py."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simworth.ledger.records import LedgerEntry
from simworth.records import Record
from simworth.valuation.metrics_json import Metrics
from simworth.valuation.records import Fit, Valuation

SCHEMAS: Final[dict[str, type[Record]]] = {
    "valuation": Valuation,
    "metrics": Metrics,
    "fit": Fit,
    "ledger-entry": LedgerEntry,
}

if __name__ == "__main__":
    for name, record in SCHEMAS.items():
        path = Path(__file__).with_name(f"{name}.schema.json")
        path.write_text(record.schema_text(), encoding="utf-8")
