"""The page in a real browser: no console message, no request beyond itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from made_project import Project

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
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


def test_page_is_silent_and_alone(project: Project, tmp_path: Path) -> None:
    dom, console, asked = visit(project.path, tmp_path)
    assert "</html>" in dom
    assert console == []
    assert asked == []


def test_watch_sees_a_message_and_a_request(tmp_path: Path) -> None:
    noisy = tmp_path / "noisy.html"
    noisy.write_text("<img src='http://example.test/pixel.png'><script>console.error('seen')</script>")
    _, console, asked = visit(noisy, tmp_path)
    assert any("seen" in message for message in console)
    assert any("example.test" in address for address in asked)


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_over_the_edge(project: Project, tmp_path: Path, width: int) -> None:
    probe = tmp_path / "probe.html"
    script = (
        "<script>addEventListener('load',()=>{document.title=JSON.stringify({inner:innerWidth,"
        "wide:document.documentElement.scrollWidth})})</script></body>"
    )
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", project.page)
    probe.write_text(html.replace("</body>", script))
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--window-size={width},900", f"--user-data-dir={tmp_path / 'user'}", probe.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found is not None
    sizes = json.loads(found.group(1))
    assert sizes["wide"] <= sizes["inner"]


def test_a_value_is_told_under_the_pointer(project: Project, tmp_path: Path) -> None:
    probe = tmp_path / "probe.html"
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", project.page)
    script = (
        "<script>const mark=document.querySelector('#task-density [data-tip]');"
        "mark.dispatchEvent(new PointerEvent('pointermove',{bubbles:true,clientX:200,clientY:200}));</script></body>"
    )
    probe.write_text(html.replace("</body>", script))
    dom, console, _ = visit(probe, tmp_path)
    told = re.search(r'<div id="tip"[^>]*>(.*?)</div>', dom, re.DOTALL)
    assert told is not None and "interval" in told.group(1) and "hidden" not in told.group(0).split(">")[0]
    assert console == []
