"""HTTP requests with time limits, retries and rate limits; redirects and incomplete bodies are checked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests

from simworth.environment import read_environment
from simworth.errors import SimworthError

_CHUNK: Final = 1 << 20
"""bytes read at once"""
_T = TypeVar("_T")


class Unanswered(SimworthError):
    """A service gave nothing, or nothing of use."""


@dataclass(frozen=True)
class Patience:
    """Time limits and retries of a request."""

    answer: float = 20.0
    """seconds without a byte"""
    whole: float = 3600.0
    """seconds that one file may take"""
    tries: int = 3
    pause: float = 1.0
    """seconds before the second try, doubled before each further one"""
    longest: float = 60.0
    """seconds that a service may ask to wait (Retry-After)"""


def get_json(url: str, patience: Patience) -> Any:
    """The JSON that a service answers; Unanswered where it does not."""
    return _whole(url, patience, lambda response: response.json())


def headers_of(url: str, patience: Patience) -> Mapping[str, str]:
    """The headers of an address."""
    with _request("HEAD", url, patience) as response:
        return response.headers


def download(url: str, to: Path, patience: Patience) -> None:
    """Write what lies at `url` to a file, whole; Unanswered where it does not come, and no file is left."""

    def write(response: requests.Response) -> None:
        end = time.monotonic() + patience.whole
        with to.open("wb") as file:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                if time.monotonic() > end:
                    raise Unanswered(f"{url}: comes too slowly, nothing was kept; try again later")

    try:
        _whole(url, patience, write)
    except Unanswered:
        to.unlink(missing_ok=True)
        raise


def _whole(url: str, patience: Patience, read: Callable[[requests.Response], _T]) -> _T:
    """What `read` makes of an answer, asked for anew where its body is cut or not what it says it is."""
    why = ""
    for attempt in range(patience.tries):
        time.sleep(patience.pause * 2 ** (attempt - 1) if attempt else 0)
        try:
            with _request("GET", url, patience) as response:
                return read(response)
        except (requests.RequestException, ValueError) as error:
            why = type(error).__name__
    raise Unanswered(f"{url}: did not come whole in {patience.tries} tries ({why}); nothing was kept, try again later")


def _request(method: str, url: str, patience: Patience) -> requests.Response:
    """An answer below 400, tried again where a service is down, slow or counts requests."""
    why = ""
    for attempt in range(patience.tries):
        wait = patience.pause * 2**attempt
        try:
            response = requests.request(
                method, _asked(url), timeout=patience.answer, stream=True, allow_redirects=True, headers=_told(url)
            )
        except requests.TooManyRedirects:
            raise Unanswered(f"{url}: leads in a circle of redirects") from None
        except requests.RequestException as error:
            why = f"does not answer ({type(error).__name__})"
        else:
            if response.status_code < 400:
                return _safe(response, url)
            response.close()
            why = f"answers {response.status_code} {response.reason}"
            asked = response.headers.get("Retry-After", "")
            if response.status_code < 500 and response.status_code != 429 and not asked:
                break
            wait = float(asked) if asked.isdigit() else wait
            if wait > patience.longest:
                raise Unanswered(f"{url}: {why} and asks to wait {wait:.0f} s; try again after that")
        if attempt + 1 < patience.tries:
            time.sleep(wait)
    raise Unanswered(f"{url}: {why}; try again later, or mend `upstream:` in the catalogue if it has moved")


def _asked(url: str) -> str:
    """The address to ask: the service's, or that of the stand-in."""
    stand_in = read_environment().upstream
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{stand_in.rstrip('/')}/{parts.netloc}{parts.path}{query}" if stand_in else url


def _told(url: str) -> dict[str, str]:
    """A token for GitHub, where the environment has one: its limit is 60 requests an hour without."""
    token = os.environ.get("GITHUB_TOKEN", "")
    github = urlsplit(url).netloc == "api.github.com"
    return {"Authorization": f"Bearer {token}"} if token and github and not read_environment().upstream else {}


def _safe(response: requests.Response, url: str) -> requests.Response:
    if not read_environment().upstream and not response.url.startswith("https://"):
        response.close()
        raise Unanswered(f"{url}: redirects to {response.url}, which is not https; refused")
    return response
