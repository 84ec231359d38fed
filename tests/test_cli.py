"""Every command: a help with an example, errors in one line, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from simworth.cli import COMMANDS, cli, main


def _commands() -> Iterator[tuple[str, ...]]:
    """Every command that does something, groups opened."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.list_commands(context))
        else:
            yield (name,)


EVERY = list(_commands())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_says_what_it_does_and_shows_an_example(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"Usage: simworth {' '.join(words)}" in text
    example = text.partition("Example:")[2]
    assert f"simworth {' '.join(words)}" in example, "the example shows another command, or none"


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    context, command = click.Context(cli), cli
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(context, word)
        assert found is not None
        command = found
    bare = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not bare


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["swep"], "did you mean 'sweep'?"), (["zzz"], "one of: allocate, "), (["releases"], "'release'")],
)
def test_an_unknown_command_gets_a_suggestion(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert hint in one_line(capsys)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["sweep", "density", "--nonsense"], 2),
        (["sweep"], 2),
        (["demo", "--size", "0"], 2),
        (["run", "--params", "nowhere.yaml"], 2),
        (["run"], 1),
        (["demo"], 1),
        (["publish"], 1),
        (["release", "list"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_expected_error_is_one_line_on_stderr(
    words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    assert one_line(capsys).startswith("simworth: error: ")
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_installed_command_passes_its_exit_code_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simworth", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("simworth: error: ") and "Traceback" not in done.stderr


def test_the_help_is_there_at_once() -> None:
    """The command line imports a command's libraries only when it runs (measured: 0.14 s)."""
    code = "import sys; from simworth.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pandas", "scipy", "torch", "rdkit", "mlflow", "dvc", "pydantic"}
    assert not heavy & {name.partition(".")[0] for name in done.stderr.split()}


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was written to stderr: one line, without a traceback; nothing on stdout."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "words",
    [
        ("forecast", "density", "--target-mae"),
        ("forecast", "density", "--relative"),
        ("forecast", "density", "--n", "5", "--level"),
        ("allocate", "density", "--cost-experiment", "1", "--budget"),
        ("allocate", "density", "--budget", "1", "--cost-experiment", "1", "--cost-simulation"),
        ("propose", "density", "--candidates", "none.csv", "--budget"),
        ("demo", "--bias"),
    ],
)
def test_numbers_are_finite(words: tuple[str, ...], number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, number]) == 2
    assert f"Invalid value for '{words[-1]}'" in capsys.readouterr().err
