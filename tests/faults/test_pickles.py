"""Whatever file of a project or of the store was replaced by a pickle, reading it runs nothing; and no stage unpickles,
starts a shell or asks the network."""

from __future__ import annotations

import io
import os
import pickle
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from simworth.__main__ import main
from tests.stages import Project, fitted_project

LAST: Final = ("fit@density", "model@density", "ledger", "scaling-report")
STAGES: Final = ("featurize@density", "prepare@density", "sweep@density", *LAST)
PREDICT: Final = "simworth predict density *CC*"
NETWORK: Final = {"socket.connect", "socket.getaddrinfo"}
WATCHED: Final = {"pickle.find_class", "os.system", "os.exec", "subprocess.Popen", *NETWORK}
READ: Final = {
    "data/clean/radonpy.parquet": "featurize@density",
    "data/features/density.parquet": "prepare@density",
    "data/prepared/density/*": "sweep@density",
    "../store/descriptors/*.sqlite": "featurize@density",
    "../store/units/*/*[0-9a-f].safetensors": "sweep@density",
    "../store/units/*/*.weights.safetensors": "model@density",
    "results/trials/density.parquet": "fit@density",
    "results/predictions/density.parquet": "fit@density",
    "results/sweeps/density.json": "fit@density",
    "data/selected/*.json": "fit@density",
    "data/quality/radonpy.json": "ledger",
    "results/fits/density.json": "scaling-report",
    "results/curves/density.csv": "scaling-report",
    "reports/ledger/*.json": "scaling-report",
    "models/density/*": "predict",
    "params.yaml": "predict",
}
"""files of a project -> the command that reads them"""


class Mark:
    """Whoever unpickles one makes a folder."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.place),)


def pickled(mark: Mark) -> bytes:
    return pickle.dumps(mark)


def by_torch(mark: Mark) -> bytes:
    file = io.BytesIO()
    torch.save(mark, file)
    return file.getvalue()


def by_numpy(mark: Mark) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([mark], dtype=object), allow_pickle=True)
    return file.getvalue()


LOADED: Final = {
    pickled: pickle.load,
    by_torch: lambda file: torch.load(file, weights_only=False),
    by_numpy: lambda file: np.load(file, allow_pickle=True),
}


def seen(made: Callable[[Mark], bytes], load: Callable[[io.BytesIO], Any], mark: Path) -> bytes:
    """A file that, once loaded, would be known by its mark."""
    content = made(Mark(mark))
    load(io.BytesIO(content))
    mark.rmdir()
    return content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, list[str]]]:
    """A project with its model and report; the words of its commands by stage."""
    project = fitted_project(tmp_path_factory.mktemp("pickles"))
    project.run(*LAST)
    commands = dict(project._commands(LAST)) | {"predict": PREDICT}
    return project, {name: shlex.split(command)[1:] for name, command in commands.items()}


def test_a_planted_pickle_is_never_loaded(
    whole: tuple[Project, dict[str, list[str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the place of any file: the reader says in one line what is wrong, or makes the file again."""
    project, commands = whole
    mark = tmp_path / "mark"
    payloads = cycle(seen(made, load, mark) for made, load in LOADED.items())
    monkeypatch.setenv("SIMWORTH_STORE", str(project.root.parent / "store"))
    monkeypatch.chdir(project.root)
    for pattern, stage in READ.items():
        files = sorted(project.root.glob(pattern))
        assert files, pattern
        for file in files if "weights" in pattern else files[:2]:  # the model reads those of the largest n
            before = file.read_bytes()
            file.unlink()
            file.write_bytes(next(payloads))
            code = main(commands[stage])
            assert not mark.exists(), file
            said = capsys.readouterr().err
            assert "Traceback" not in said and code == ("simworth: error: " in said), (file, said)
            file.unlink()
            file.write_bytes(before)


@pytest.fixture
def watched() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """What Python's own audit sees of this process meanwhile."""
    seen: list[tuple[str, tuple[Any, ...]]] = []
    watching = True

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if watching and event in WATCHED:
            seen.append((event, given))

    sys.addaudithook(hook)
    yield seen
    watching = False


def test_no_stage_unpickles_starts_a_shell_or_asks_the_network(
    whole: tuple[Project, dict[str, list[str]]], watched: list[tuple[str, tuple[Any, ...]]]
) -> None:
    """Shards made anew, descriptors from the store, up to the report and a prediction."""
    project, commands = whole
    for file in (project.root.parent / "store/units").glob("*/*.safetensors"):
        file.unlink()
    project.again(*STAGES)
    project.simworth(*commands["predict"])
    started = [given for event, given in watched if event == "subprocess.Popen"]
    assert not [(event, given) for event, given in watched if event != "subprocess.Popen"]
    assert {Path(str(program)).name for program, *_ in started} <= {"git"}


def test_a_folder_named_like_a_command_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that reach other programs are arguments of theirs, never a line of a shell's."""
    place = tmp_path / "a b; touch hit; $(touch hit) `touch hit` & 'x"
    project = fitted_project(place)
    with chdir(project.root):
        for command in ("git init -q", "git add -A", "git -c user.name=a -c user.email=a@b.c commit -qm first"):
            assert not os.spawnvp(os.P_WAIT, "git", command.split())
    project.run("ledger", "scaling-report")
    project.simworth("audit")
    project.simworth("release", "list")
    assert not list(tmp_path.rglob("hit"))
