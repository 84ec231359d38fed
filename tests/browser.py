"""A real browser without a window: what a page looks like to it, says on its console and asks for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom",
)  # fmt: skip


def visit(page: Path, folder: Path) -> tuple[str, list[str], list[str]]:
    """DOM after loading, console messages, and addresses that the page (not the browser itself) asked for."""
    log = folder / "net.json"
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'user'}", f"--log-net-log={log}", page.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    console = re.findall(r"CONSOLE.*", done.stderr)
    events = events_of(log.read_text())
    asked = [event.get("params", {}) for event in events]
    return done.stdout, console, [given["url"] for given in asked if _left_the_page(given)]


def _left_the_page(given: dict[str, Any]) -> bool:
    url, initiator = str(given.get("url", "")), given.get("initiator", "not an origin")
    own = re.match(r"https?://([a-z0-9]+\.)*google(apis)?\.com/", url)  # the browser's own errands
    return url.startswith(("http", "ws")) and initiator != "not an origin" and not own


def events_of(text: str) -> list[dict[str, Any]]:
    """Events of a net log, closed properly or not."""
    try:
        content = json.loads(text)
    except ValueError:
        content = json.loads(text.rstrip().rstrip(",") + "]}")
    events: list[dict[str, Any]] = content["events"]
    return events
