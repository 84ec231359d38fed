"""A local server that plays the services which publish databases, and misbehaves on demand.

SIMWORTH_UPSTREAM names it; it sees /<host>/<path> for https://<host>/<path>.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Services:
    """What is published now; tests change it while the server runs."""

    address: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    """path with query -> body"""
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """path -> further headers"""
    trouble: dict[str, list[Answer]] = field(default_factory=dict)
    """path -> misbehaviour of the next requests, in order"""
    asked: list[str] = field(default_factory=list)

    def page(self, path: str, body: Any, **headers: str) -> None:
        self.pages[path] = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers[path] = headers

    def github(self, at: str, file: str, sha: str, date: str, content: bytes) -> None:
        commit = {"sha": sha, "commit": {"committer": {"date": date}}}
        self.page(f"/api.github.com/repos/{at}/commits?path={file}&per_page=1", [commit])
        self.page(f"/raw.githubusercontent.com/{at}/{sha}/{file}", content)

    def hugging_face(self, at: str, file: str, sha: str, content: bytes) -> None:
        lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        siblings = [{"rfilename": ".gitattributes"}, {"rfilename": file, "lfs": lfs}]
        info = {"sha": sha, "lastModified": "2026-09-03T10:00:00.000Z", "siblings": siblings}
        self.page(f"/huggingface.co/api/datasets/{at}?blobs=true", info)
        self.page(f"/huggingface.co/datasets/{at}/resolve/{sha}/{file}", content)

    def figshare(self, at: str, file: str, version: int, content: bytes) -> None:
        url = f"https://ndownloader.figshare.com/files/{1000 + version}"
        held = {"name": file, "download_url": url, "computed_md5": hashlib.md5(content).hexdigest()}
        article = {"version": version, "modified_date": "2026-10-01T00:00:00Z", "files": [held]}
        self.page(f"/api.figshare.com/v2/articles/{at}", article)
        self.page(f"/ndownloader.figshare.com/files/{1000 + version}", content)

    def zenodo(self, at: str, file: str, record: int, content: bytes) -> None:
        path = f"/zenodo.org/api/records/{record}/files/{file}/content"
        held = {
            "key": file,
            "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
            "links": {"self": f"https://zenodo.org{path.removeprefix('/zenodo.org')}"},
        }
        latest = {"id": record, "metadata": {"publication_date": "2026-11-01"}, "files": [held]}
        self.page(f"/zenodo.org/api/records/{record}", latest)
        redirect = f"{self.address}/zenodo.org/api/records/{record}"
        self.page(f"/zenodo.org/api/records/{at}/versions/latest", b"", Location=redirect)
        self.page(path, content)

    def starrydata(self, manifest: str, file: str, date: str, content: bytes) -> None:
        held = {"name": file, "rows": 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self.page(f"/{manifest}", {"date": date, "files": [held]})
        self.page(f"/{manifest.rsplit('/', 1)[0]}/{file}", content)

    def url(self, path: str, tag: str, content: bytes) -> None:
        self.page(f"/{path}", content, ETag=f'"{tag}"')


@contextmanager
def serving() -> Iterator[Services]:
    """A server on a free port of this machine."""
    services = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(services, self)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    services.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(services: Services, handler: BaseHTTPRequestHandler) -> None:
    services.asked.append(handler.path)
    if waiting := services.trouble.get(handler.path):
        waiting.pop(0)(handler)
        return
    body, headers = services.pages.get(handler.path), services.headers.get(handler.path, {})
    status = 404 if body is None else 302 if "Location" in headers else 200
    send(handler, status, body or b"", headers)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], length: int = -1) -> None:
    """A whole answer; `length` is what it claims to be, where that is not the truth."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length < 0 else length))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def status(code: int, **headers: str) -> Answer:
    return lambda handler: send(handler, code, b"", {name.replace("_", "-"): value for name, value in headers.items()})


def cut(body: bytes, **headers: str) -> Answer:
    """Half a body, and then the connection ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, body[: len(body) // 2], headers, len(body))
        handler.close_connection = True

    return answer


def hang(seconds: float) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer
