"""A shared copy of a store, at an address: a shard that the store lacks is taken from there.

The copy is only read: whoever shares shards copies `units/` there with a tool of their own, so that no setting can
upload what may not be redistributed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from simworth.environment import read_environment
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.logs import event
from simworth.sweep.shards import weights_path
from simworth.terminal import say


def bring(paths: Iterable[Path], store: Path) -> int:
    """Lay shards that the store lacks and the copy has down; how many came.

    SimworthError where the address is of a kind that cannot be read here. A copy that does not answer is said, and the
    shards are trained.
    """
    address = read_environment().store_copy
    lacking = [path for path in paths if not path.exists()] if address else []
    if not lacking:
        return 0
    from fsspec.core import url_to_fs  # a tenth of a second, which a store alone does not spend

    try:
        files, root = url_to_fs(address)
        came = sum(_one(path, store, files, root) for path in lacking)
    except (ImportError, ValueError) as error:
        raise SimworthError(f"SIMWORTH_STORE_COPY: {address}: {error}") from None
    except Exception as error:  # fsspec's file systems raise errors of many types
        event("no copy of the store", logging.WARNING, address=address, reason=str(error))
        say(f"copy of the store {address}: does not answer ({type(error).__name__}); shards are trained here")
        return 0
    if came:
        say(f"{came} shards came from {address}")
    return came


def _one(path: Path, store: Path, files: object, root: str) -> bool:
    """Whether the copy had this shard; weights are written first, so that a kill leaves no tables without them."""
    for wanted in (weights_path(path), path):
        try:
            content = files.cat_file(f"{root}/{wanted.relative_to(store).as_posix()}")  # type: ignore[attr-defined]
        except FileNotFoundError:
            if wanted == path:
                return False
        else:
            write_whole(wanted, content)
    return True
