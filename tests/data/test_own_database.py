"""A user's own databases, property and task, given in params.yaml and by `release add` alone, through to a law."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from simworth.cli import main
from simworth.demo.hidden import World
from simworth.demo.tables import choose_polymers
from simworth.sweep.records import SweepSummary
from tests.extend.pages import code_blocks

PARAMS = """\
seed: 3
databases: {}
properties:
  glass_transition: {unit: kelvin, range: [100, 900]}
tasks: {}
fit: {level: 0.8}
"""
TASK = """\
tasks:
  glass:
    property: glass_transition
    source: {database: our_simulations, filter: "protocol == 'fast'"}
    target: {database: our_samples}
    descriptors: [rdkit_descriptors]
    trials: 5
    source_order: nearest
    grid: {points: 5, n_min: 30}
    training: {hidden: [24], max_epochs: 15}
"""


def tables(folder: Path) -> dict[str, Path]:
    """A long table each: 150 simulated polymers, of which 10 by another protocol, and 40 measured ones."""
    world = World(4)
    polymers = choose_polymers(world, 150)
    paths = {}
    for name, structures, bias in (("simulated", polymers.simulated, 0.3), ("measured", polymers.measured[:40], 0.0)):
        kelvin = 400 + 60 * world.simulated("glass_transition", structures, bias)
        table = pd.DataFrame({"smiles": structures, "property": "glass_transition", "value": kelvin.round(3)})
        table["unit"] = "kelvin"
        if name == "simulated":
            table["protocol"] = np.where(np.arange(len(table)) < 140, "fast", "slow")
        table.to_csv(folder / f"{name}.csv", index=False)
        paths[name] = folder / f"{name}.csv"
    return paths


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_store: Path) -> Path:
    """A new project, whose settings know one property and nothing else."""
    folder = tmp_path / "project"
    assert main(["new", str(folder), "--tasks", "none"]) == 0
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def stage(name: str, key: str, **items: str) -> int:
    """A stage's command as dvc.yaml has it, for one key."""
    command = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"][name]["do"]["cmd"]
    words = {"key": key, **items}
    return main(shlex.split(re.sub(r"\$\{([\w.]+)\}", lambda found: words[found[1]], command))[1:])


def test_it_sweeps_and_fits(project: Path, tmp_path: Path) -> None:
    """docs/howto/own-task.md line by line, with a small network, few trials and its filter."""
    files = tables(tmp_path)
    for name, file in (("sims.csv", files["simulated"]), ("samples.csv", files["measured"])):
        shutil.copy(file, project / name)
    blocks = code_blocks("howto/own-task.md")
    properties, tasks = (yaml.safe_load(one.text) for one in blocks[:5] if one.language == "yaml")
    assert properties["properties"] == yaml.safe_load(PARAMS)["properties"]
    long, _, ran = (one.text.splitlines() for one in blocks[:5] if one.language == "sh")
    *added, run = [shlex.split(line)[1:] for line in (*long, *ran)]
    assert [main(words) for words in added] == [0, 0] and run == ["run", "--tasks", "glass_transition"]
    small = yaml.safe_load(TASK)["tasks"]["glass"]
    shown = tasks["tasks"]["glass_transition"]
    assert shown.items() <= (small | {"source": {"database": "our_simulations"}, "trials": 30}).items()
    params = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(params.replace("tasks: {}\n", TASK), encoding="utf-8")

    for database in ("our_simulations", "our_samples"):
        assert stage("select", database) == stage("ingest", database) == 0
    sides = {"item.source.database": "our_simulations", "item.target.database": "our_samples"}
    for name in ("featurize", "prepare", "sweep", "surface", "fit"):
        assert stage(name, "glass", **sides) == 0

    summary = SweepSummary.read(Path("results/sweeps/glass.json"))
    assert summary.status == "ok" and summary.unit == "kelvin"
    assert summary.simulated == 140 and summary.excluded == {"source: filter": 10}
    trials = pd.read_parquet("results/trials/glass.parquet")
    assert (trials["status"] == "ok").all() and trials["trial"].nunique() == 5
    fit = json.loads(Path("results/fits/glass.json").read_text(encoding="utf-8"))
    entry = fit["entry"]
    assert fit["level"] == 0.8 and entry["n_max"] == 140 and entry["materials"] == 40
    assert 0 < entry["mae_at_n_max"] < 100 and set(entry["law"]) == {"D", "alpha", "C"}


def test_a_workbook_of_ones_own_goes_through_to_a_law(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/howto/own-task.md: a sheet in degrees, added as `release check` proposes, and a CSV file of measurements."""
    files = tables(tmp_path)
    with pd.ExcelWriter("tg.xlsx") as writer:
        for sheet, name in (("MD", "simulated"), ("DSC", "measured")):
            table = pd.read_csv(files[name])
            own = pd.DataFrame({"no": table.index + 1, "repeat unit": table["smiles"], "Tg (°C)": table["value"] - 273})
            own.to_excel(writer, sheet_name=sheet, index=False)
    pd.read_csv(files["measured"])[["smiles", "value"]].rename(columns={"value": "Tg"}).to_csv("tg.csv", index=False)
    (shown,) = [one.text for one in code_blocks("howto/own-task.md") if "tg.xlsx" in one.text]
    check, *added = [words[1:] for line in shown.splitlines() if (words := shlex.split(line, comments=True))]
    assert main(["release", "check", "our_simulations", "tg.xlsx"]) == 0
    assert "not sure: which sheet of MD, DSC: the first was looked at (--sheet)" in capsys.readouterr().out
    assert main(check) == 0
    _, command, *unsure = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in unsure] == ["not sure: whether the values are simulated or measured (--role)"]
    assert [{"NAME": "2027-01"}.get(word, word) for word in shlex.split(command)[1:]] == added[0]
    assert [main(words) for words in added] == [0, 0]
    task = yaml.safe_load(TASK)["tasks"]["glass"] | {"descriptors": ["morgan_counts"], "source_order": "random"}
    task |= {"source": {"database": "our_simulations"}}
    params = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8")) | {"tasks": {"glass": task}}
    (project / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    for database in ("our_simulations", "our_samples"):
        assert stage("select", database) == stage("ingest", database) == 0
    for name in ("featurize", "prepare", "sweep", "surface", "fit"):
        sides = {"item.source.database": "our_simulations", "item.target.database": "our_samples"}
        assert stage(name, "glass", **sides) == 0
    entry = json.loads(Path("results/fits/glass.json").read_text(encoding="utf-8"))["entry"]
    assert (entry["n_max"], entry["materials"], entry["unit"]) == (150, 40, "kelvin")


def test_the_line_that_commits_a_release_names_the_digests_of_code(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`simworth run` rewrites them after an upgrade; where sources are, there are none."""
    words = ["release", "add", "ours", str(tables(tmp_path)["measured"]), "--name", "x", "--reader", "polyinfo"]
    added = []
    for more in ([], ["--replace"]):
        assert main([*words, *more]) == 0
        added += [line.split() for line in capsys.readouterr().out.splitlines() if "git add -A" in line]
        (project / "code.yaml").unlink(missing_ok=True)
    assert [{*line} - {*added[1]} for line in added] == [{"code.yaml"}, set()]


def test_a_task_before_its_databases_is_told_what_is_missing(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "params.yaml").write_text(PARAMS.replace("tasks: {}\n", TASK), encoding="utf-8")
    words = ["release", "add", "our_samples", str(tables(tmp_path)["measured"]), "--name", "x", "--reader", "polyinfo"]
    assert main(words) == 1
    assert "tasks.glass.source.database: no 'our_simulations' in params.yaml" in capsys.readouterr().err


def test_molecules_go_through_to_a_law_and_predictions(
    project: Path, mirror: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/howto/molecules.md on 160 of the molecules, with a small network and few trials."""
    lines = (mirror / "freesolv" / "database.txt").read_text(encoding="utf-8").splitlines()
    Path("database.txt").write_text("\n".join(lines[:163]) + "\n", encoding="utf-8")
    first, last = (yaml.safe_load(one.text) for one in code_blocks("howto/molecules.md") if one.language == "yaml")
    params = {"seed": 3, "databases": {}, **first, "tasks": {}}
    (project / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    commands = [
        shlex.split(line)[1:]
        for one in code_blocks("howto/molecules.md")
        if one.language == "sh"
        for line in one.text.splitlines()
    ]
    added, (run,), (predict,) = (
        [words for words in commands if words[0] == name] for name in ("release", "run", "predict")
    )
    assert run == ["run"] and [main(words) for words in added] == [0, 0]
    task = last["tasks"]["hydration_energy"]
    task |= {"trials": 5, "training": task["training"] | {"hidden": [24], "max_epochs": 8}}
    task["surface"]["trials"] = 5
    written = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))
    (project / "params.yaml").write_text(yaml.safe_dump(written | last), encoding="utf-8")

    for side in ("source", "target"):
        assert stage("select", task[side]["database"]) == stage("ingest", task[side]["database"]) == 0
    sides = {f"item.{side}.database": task[side]["database"] for side in ("source", "target")}
    for name in ("featurize", "prepare", "sweep", "surface", "fit", "model"):
        assert stage(name, "hydration_energy", **sides) == 0
    entry = json.loads(Path("results/fits/hydration_energy.json").read_text(encoding="utf-8"))["entry"]
    assert entry["m"] == 60 and entry["unit"] == "kcal/mol" and set(entry["law"]) == {"D", "alpha", "C"}
    assert {"esters", "alcohols", "halogen compounds"} < set(entry["classes"])
    capsys.readouterr()
    assert main(predict) == 0
    said = capsys.readouterr().out
    assert "mean (kcal/mol)" in said and "CCO" in said and "c1ccccc1O" in said
