"""Releases of a made-up database, one larger than the other, each fitted as dvc.yaml does it."""

from __future__ import annotations

from ledger_steps import enter, fitted, release

__all__ = ["enter", "fitted", "release"]
