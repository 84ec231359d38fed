"""Registries: named members that params.yaml may choose, from this package, entry points and a project's own modules.

A member registers itself where it is defined:

    READERS: Registry[Reader] = Registry("reader", "simworth.readers")

    @READERS.register("table")
    def read_table(...): ...

Members from outside come by an entry point of the registry's group, or from a module that params.yaml names under
`modules:` (a dotted name, or a file relative to params.yaml).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Generic, TypeVar

from simworth.errors import SimworthError, did_you_mean

T = TypeVar("T")
M = TypeVar("M")


class Registry(Generic[T]):
    """Members of one kind by name."""

    def __init__(self, kind: str, group: str) -> None:
        self.kind = kind
        """what a member is called in messages: "reader", "law" ..."""
        self.group = group
        """group of entry points whose modules are imported when a member is first looked up"""
        self._members: dict[str, T] = {}
        self._brought: dict[str, str] = {}
        """member -> the module of a project's own that registered it, '' of others"""
        self._loaded = False

    def register(self, name: str) -> Callable[[M], M]:
        """Decorator that adds a member; SimworthError where another member has the name."""

        def add(member: M) -> M:
            self.add(name, member)  # type: ignore[arg-type]
            return member

        return add

    def add(self, name: str, member: T) -> None:
        """Add a member under a name that is free, or again the same definition (a module that is imported twice)."""
        there = self._members.get(name)
        if there is not None and _origin(there) != _origin(member):
            raise SimworthError(
                f"two {self.kind}s are called {name!r}: {_origin(there)}, and {_origin(member)}; rename one of them"
            )
        self._members[name] = member
        self._brought[name] = _importing[-1] if _importing else ""

    def brought_by(self, name: str) -> str:
        """The file or dotted name under `modules:` that a member comes from, '' of any other."""
        return self._brought.get(name, "")

    def known(self, name: str) -> bool:
        """Whether a member is registered already; entry points are not looked at, which takes a tenth of a second."""
        return name in self._members

    def __getitem__(self, name: str) -> T:
        if name not in self:
            raise SimworthError(f"no {self.kind} {name!r}{did_you_mean(name, self._members)}")
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._members:
            self._load()
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._members))

    def __len__(self) -> int:
        self._load()
        return len(self._members)

    def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            for point in entry_points(group=self.group):
                point.load()


def _origin(member: object) -> str:
    """Qualified names and files of a member; of an instance its functions' (a command's, a featurizer's), else its
    type's."""
    functions = [one for one in getattr(member, "__dict__", {}).values() if callable(one)]
    named = [member] if hasattr(member, "__qualname__") else functions or [type(member)]
    return ", ".join(_named(one) for one in named)


def _named(one: object) -> str:
    module = str(getattr(one, "__module__", ""))
    file = getattr(sys.modules.get(module), "__file__", None)
    return f"{module}.{getattr(one, '__qualname__', repr(one))}{f' ({file})' if file else ''}"


_modules: dict[str, bytes] = {}
"""modules of a project's own that are loaded, in order -> the source of a file, b"" of a dotted name"""
_importing: list[str] = []
"""those that are being imported"""


def load_modules(names: Sequence[str], folder: Path) -> None:
    """Import a project's own modules, so that their members are registered; each once a process.

    names: dotted names, or files ending in .py relative to `folder`.
    SimworthError names a module that is missing or cannot be imported.
    """
    for name in names:
        resolved = str((folder / name).resolve()) if name.endswith(".py") else name
        if resolved not in _modules:
            _import(name, resolved)


def loaded_modules() -> dict[str, bytes]:
    """What a worker process passes to `load_sent` to know the same members."""
    return dict(_modules)


def load_sent(modules: Mapping[str, bytes]) -> None:
    """Import what another process has loaded, from the sources that it read: its files need not be here."""
    for resolved, source in modules.items():
        if _modules.get(resolved) != source:
            _import(resolved, resolved, source)


def _import(name: str, resolved: str, source: bytes | None = None) -> None:
    _importing.append(resolved)
    try:
        if not name.endswith(".py"):
            importlib.import_module(name)
            _modules[resolved] = b""
            return
        path = Path(resolved)
        source = path.read_bytes() if source is None else source
        module_name = f"simworth_extension_{path.stem}_{zlib.crc32(resolved.encode()):08x}"  # stems may repeat
        spec = importlib.util.spec_from_file_location(module_name, path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        exec(compile(source, resolved, "exec"), vars(module))
        _modules[resolved] = source
    except FileNotFoundError:
        raise SimworthError(f"modules: {name!r} is no file here; name files relative to params.yaml") from None
    except SimworthError:
        raise
    except Exception as error:
        raise SimworthError(f"modules: {name!r} cannot be imported ({type(error).__name__}: {error})") from error
    finally:
        _importing.pop()
