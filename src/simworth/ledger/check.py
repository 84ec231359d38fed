"""All that `simworth audit` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simworth.ledger.audit import Finding, audit
from simworth.ledger.chain import read_ledger
from simworth.ledger.recompute import recompute
from simworth.ledger.retrain import retrain
from simworth.ledger.revision import resolved


def findings(root: Path, ledger: str, revision: str | None, again: bool) -> Iterator[Finding]:
    """The audit of the ledger, or a refit of one revision, from its stored trials or from its data."""
    if revision is None:
        yield from audit(root, ledger, read_ledger(root / ledger))
    elif again:
        yield from retrain(resolved(root, revision), ledger)
    else:
        yield from recompute(resolved(root, revision), ledger)
