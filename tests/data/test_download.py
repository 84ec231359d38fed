"""A download waits out passing trouble, and leaves no file where the trouble lasts."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.data.http import Patience, download
from simworth.errors import SimworthError
from tests.data.server import Services, cut, hang, status

QUICK = Patience(answer=0.3, whole=5.0, pause=0.01, longest=0.1)
PATH, URL = "/data.example.org/f", "https://data.example.org/f"


@pytest.mark.parametrize(
    "trouble",
    [[status(503)], [status(429, Retry_After="0")], [hang(0.6)], [cut(b"x" * 1000)], [status(500), cut(b"x" * 1000)]],
    ids=["down", "rate limit", "time-out", "cut", "down, then cut"],
)
def test_passing_trouble_is_waited_out(trouble: list, services: Services, tmp_path: Path) -> None:
    services.page(PATH, b"x" * 1000)
    services.trouble[PATH] = trouble
    download(URL, tmp_path / "f", QUICK)
    assert (tmp_path / "f").read_bytes() == b"x" * 1000


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ([status(503)] * 9, "answers 503"),
        ([status(429, Retry_After="3600")], "asks to wait 3600 s"),
        ([hang(0.6)] * 9, "does not answer"),
        ([cut(b"x" * 1000)] * 9, "did not come whole in 3 tries"),
        ([status(302, Location=PATH)] * 99, "circle of redirects"),
        ([status(404)], "answers 404"),
    ],
)
def test_lasting_trouble_is_one_error_and_no_file(trouble: list, said: str, services: Services, tmp_path: Path) -> None:
    services.page(PATH, b"x" * 1000)
    services.trouble[PATH] = trouble
    with pytest.raises(SimworthError, match=said):
        download(URL, tmp_path / "f", QUICK)
    assert list(tmp_path.glob("f*")) == []


def test_a_redirect_away_from_https_is_refused(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SIMWORTH_UPSTREAM")
    services.page("/f", b"x")
    with pytest.raises(SimworthError, match="not https"):
        download(f"{services.address}/f", tmp_path / "f", QUICK)
