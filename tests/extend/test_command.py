"""docs/extend/command.md, executed: a command from outside the package, in one file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from simworth.cli import main
from tests.extend.pages import code_blocks, write_files
from tests.stages import fitted_project

PAGE = "extend/command.md"


def test_a_command_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = fitted_project(tmp_path)
    trials = (project.root / "results/trials/density.parquet").rename(tmp_path / "trials")
    write_files(PAGE, project.root)
    params = project.root / "params.yaml"
    monkeypatch.chdir(project.root)
    (command,) = [shlex.split(block.text)[1:] for block in code_blocks(PAGE) if block.language == "sh"]
    assert main(command) == 2 and "no command 'count'" in capsys.readouterr().err

    params.write_text((project.root / "command.yaml").read_text() + params.read_text())
    assert main(command) == 1 and "run `dvc repro sweep@density` to make it" in capsys.readouterr().err
    trials.rename(project.root / "results/trials/density.parquet")
    capsys.readouterr()
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("density: ")

    assert main(["--help"]) == 0
    own = capsys.readouterr().out.partition("Of other packages and of this project:")[2]
    assert "count a task's trials" in own
    assert main(["count", "--help"]) == 0 and "simworth count density" in capsys.readouterr().out


OWN = """
import click
from simworth.cli.registry import COMMANDS

@COMMANDS.register("returning")
@click.command()
@click.argument("text")
def returning(text):
    return 3 if text == "three" else text

@COMMANDS.register("ending")
@click.command()
@click.pass_context
def ending(context):
    context.exit(3)
"""


def test_what_a_command_returns_is_no_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_ends.py").write_text(OWN)
    (tmp_path / "params.yaml").write_text("modules: [own_ends.py]\n")
    monkeypatch.chdir(tmp_path)
    assert (main(["returning", "done"]), main(["returning", "three"]), main(["ending"])) == (0, 0, 3)


def test_a_command_cannot_take_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(block.text for block in code_blocks(PAGE) if block.file.endswith(".py"))
    (tmp_path / "second_sweep.py").write_text(text.replace('"count"', '"sweep"'))
    (tmp_path / "params.yaml").write_text("modules: [second_sweep.py]\n")
    monkeypatch.chdir(tmp_path)
    assert main(["my-own"]) == 1
    assert "two commands are called 'sweep'" in capsys.readouterr().err
    assert main(["--help"]) == 0, "the overview is there all the same"
