"""A PostgreSQL server of one's own in a temporary folder, for as long as a block runs."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simworth.errors import SimworthError


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Address of an empty database; SimworthError where PostgreSQL, or a user who may run it, is missing."""
    binaries, who = _binaries(), _user()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        if "user" in who:
            shutil.chown(name, who["user"])
        data, port = f"{name}/data", free_port()
        options = f"-p {port} -k {name} -c listen_addresses=127.0.0.1"

        def run(program: str, *arguments: str) -> None:
            # PostgreSQL's server inherits what it is given, and would keep a pipe open
            with (Path(name) / "said").open("wb") as said:
                done = subprocess.run([binaries / program, *arguments], stdout=said, stderr=said, cwd=name, **who)
            if done.returncode:
                text = (Path(name) / "said").read_text(errors="replace").strip()
                raise SimworthError(f"{program}: ended with exit code {done.returncode}: {text[-300:]}")

        run("initdb", "-D", data, "-A", "trust", "-U", "simworth")
        run("pg_ctl", "-D", data, "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://simworth@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _binaries() -> Path:
    found = [Path(place).parent for place in [shutil.which("initdb")] if place]
    found += [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    if not found:
        raise SimworthError("PostgreSQL: initdb is not here; install PostgreSQL's server (apt-get install postgresql)")
    return found[0]


def _user() -> dict[str, Any]:
    """Options of subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return {}
    try:
        return {"user": pwd.getpwnam("postgres").pw_name}
    except KeyError:
        raise SimworthError("PostgreSQL: does not run as root, and there is no user postgres") from None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
