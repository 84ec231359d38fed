"""The page in a real browser: no console message, no request beyond itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from made_project import Project
from tests.browser import CHROMIUM, FLAGS, needs_browser, visit

pytestmark = needs_browser


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
