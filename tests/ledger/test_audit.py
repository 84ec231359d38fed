"""Releases played through git and DVC: one entry each, and the audit names what was tampered with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.__main__ import main
from simworth.ledger.chain import read_ledger, seal
from simworth.pipeline import merge as merging
from simworth.valuation.words import parameter, parameter_span

HERE = Path(__file__).parent
TOOL = f"{sys.executable} {HERE / 'made_sweep.py'}"
SIMWORTH = f"{sys.executable} -m simworth"
RESULTS = "--trials results/trials --predictions results/predictions --sweeps results/sweeps --fits results/fits"
CLASSES = {"polystyrenes": 0.3, "polyvinyls": 0.5, "polyamides": 0.2}
PARAMS = {
    "seed": 1,
    "databases": {"radonpy": {"releases": ["PI1070"]}, "polyinfo": {"releases": ["rhnet", "openpoly"]}},
    "properties": {"density": {"unit": "g/cm^3", "range": [0.3, 3.0]}},
    "tasks": {
        "density": {
            "property": "density",
            "source": {"database": "radonpy"},
            "target": {"database": "polyinfo"},
            "descriptors": ["ffkm"],
        }
    },
    "fit": {"level": 0.9},
}
STAGES = {
    "ingest": {
        "foreach": ["radonpy", "polyinfo"],
        "do": {"cmd": f"{TOOL} ingest ${{item}}", "deps": ["data/raw/${item}"], "outs": ["data/quality/${item}.json"]},
    },
    "sweep": {
        "foreach": ["density"],
        "do": {
            "cmd": f"{TOOL} sweep",
            "deps": ["data/raw/radonpy"],
            "outs": [f"results/{part}/${{item}}" for part in ("trials", "predictions", "sweeps")],
        },
    },
    "fit": {
        "cmd": f"{SIMWORTH} fit density --trials results/trials/density.parquet --predictions "
        "results/predictions/density.parquet --summary results/sweeps/density.json --fit results/fits/density.json "
        "--curve results/curves/density.csv",
        "deps": ["results/trials", "results/predictions", "results/sweeps"],
        "params": ["fit"],
        "outs": ["results/fits/density.json", "results/curves/density.csv"],
    },
    "ledger": {
        "cmd": f"{SIMWORTH} ledger --quality data/quality {RESULTS} --ledger reports/ledger",
        "deps": ["data/quality", "results/trials", "results/predictions", "results/sweeps", "results/fits"],
        "params": ["seed", "databases", "tasks", "fit"],
        "outs": [{"reports/ledger": {"cache": False, "persist": True}}],
    },
}


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dvc(folder: Path, *arguments: str) -> str:
    return run(folder, sys.executable, "-m", "dvc", *arguments)


def release(folder: Path, n_max: int, classes: dict[str, float] = CLASSES) -> None:
    """Replace the simulated database by a state of it, and run the pipeline."""
    state = {"n_max": n_max, "classes": {name: round(n_max * share) for name, share in classes.items()}}
    for database in ("radonpy", "polyinfo"):
        raw = folder / "data/raw" / database
        raw.mkdir(parents=True, exist_ok=True)
        if database == "radonpy" or not (raw / "state.json").exists():
            (raw / "state.json").unlink(missing_ok=True)
            (raw / "state.json").write_text(json.dumps(state))
    dvc(folder, "add", "-q", "data/raw/radonpy", "data/raw/polyinfo")
    dvc(folder, "repro", "-q")


def commit(folder: Path, tag: str) -> None:
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", tag)
    run(folder, "git", "tag", tag)


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "reports/ledger").iterdir())


def audit(folder: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["audit", "--root", str(folder), *flags])
    return code, capsys.readouterr().out


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, committed and tagged v1 and v2."""
    folder = tmp_path_factory.mktemp("played") / "project"
    folder.mkdir()
    run(folder, "git", "init", "-q")
    run(folder, "git", "config", "user.email", "a@b.c")
    run(folder, "git", "config", "user.name", "Someone")
    dvc(folder, "init", "-q")
    outs = STAGES["sweep"]["do"]["outs"]  # type: ignore[index]
    outs[:] = [f"results/{part}/${{item}}{end}" for part, end in
               (("trials", ".parquet"), ("predictions", ".parquet"), ("sweeps", ".json"))]  # fmt: skip
    yaml = YAML()
    for name, content in (("params.yaml", PARAMS), ("dvc.yaml", {"stages": STAGES})):
        with (folder / name).open("w") as file:
            yaml.dump(content, file)
    for n_max, tag in ((350, "v1"), (700, "v2")):
        release(folder, n_max)
        commit(folder, tag)
    return folder


@pytest.fixture
def project(played: Path, tmp_path: Path) -> Path:
    shutil.copytree(played, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def test_ledger_survives_and_grows_once_a_release(project: Path) -> None:
    assert [path.name[:12] for path in entries(project)] == ["0001-density", "0002-density"]
    said = read_ledger(project / "reports/ledger")[1].content["outcome"]
    assert said["kind"] == "forecast" and said["n"] == 700
    assert dvc(project, "status").strip().endswith("up to date.")
    run(project, "git", "checkout", "-q", "v1")
    dvc(project, "checkout", "-q")
    dvc(project, "repro", "-q")
    assert len(entries(project)) == 1


@pytest.mark.soak
def test_experiment_leaves_the_ledger_alone(project: Path) -> None:
    before = [path.read_bytes() for path in entries(project)]
    dvc(project, "exp", "run", "-q", "-S", "fit.level=0.8")
    assert "0.8" in (project / "params.yaml").read_text()
    assert [path.read_bytes() for path in entries(project)] == before
    # taken up for good: its stages are done, so the ledger's alone is asked for
    dvc(project, "repro", "-q", "--force", "--single-item", "ledger")
    assert [path.read_bytes() for path in entries(project)][:2] == before
    assert [entry.content["settings"]["level"] for entry in read_ledger(project / "reports/ledger")] == [0.9, 0.9, 0.8]
    assert dvc(project, "status").strip().endswith("up to date.")


def test_audit_passes_and_refits_the_first_release(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = audit(project, capsys)
    assert code == 0, said
    assert "chain of 2 entries is whole" in said and "WRONG" not in said and "unknown" not in said
    code, said = audit(project, capsys, "--recompute", "v1")
    assert code == 0 and "0001-density" in said and "equal, from the same trials" in said


def test_audit_in_the_middle_of_a_merge_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both branches changed dvc.lock, and the other one's entries lie there uncommitted."""
    current = run(project, "git", "rev-parse", "--abbrev-ref", "HEAD").strip()
    run(project, "git", "checkout", "-q", "-b", "other", "v1")
    lock = project / "dvc.lock"
    lock.write_text(lock.read_text().replace("md5: ", "md5: 0", 1))
    run(project, "git", "commit", "-qam", "other")
    run(project, "git", "checkout", "-q", current)
    done = subprocess.run(["git", "merge", "-q", "other"], cwd=project, capture_output=True, check=False)
    assert done.returncode != 0 and "<<<<<<<" in lock.read_text()
    code, said = audit(project, capsys)
    assert code == 0 and "0 wrong" in said, said
    assert "dvc.lock of the workspace holds the marks of an unfinished merge; keep one side" in said
    held = entries(project)[1]
    held.write_text("<<<<<<< HEAD\n" + held.read_text())
    code = main(["audit", "--root", str(project)])
    error = capsys.readouterr().err
    assert code == 1 and f"{held.name}: holds the marks of an unfinished merge" in error and error.count("\n") == 1


@pytest.mark.parametrize("which", [0, 1])
def test_audit_names_an_edited_entry(project: Path, capsys: pytest.CaptureFixture[str], which: int) -> None:
    path = entries(project)[which]
    content = json.loads(path.read_text())
    content["valuation"]["mae_at_n_max"] *= 0.9
    path.write_text(json.dumps({**content, "hash": seal(content)}, indent=2) + "\n")
    code, said = audit(project, capsys, "--quiet")
    assert code == 1 and f"{path.name}: was edited" in said


def test_audit_names_a_deleted_entry(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = entries(project)[1]
    path.unlink()
    code, said = audit(project, capsys, "--quiet")
    assert code == 1 and f"{path.name}: was deleted" in said


def test_audit_names_an_edited_raw_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = project / "data/raw/polyinfo/state.json"
    text = raw.read_text()
    raw.unlink()
    raw.write_text(text + " ")
    code, said = audit(project, capsys, "--quiet")
    assert code == 1 and "data/raw/polyinfo/state.json: was edited" in said and "radonpy" not in said


def test_recompute_says_where_a_law_differs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = entries(project)[1]
    content = json.loads(path.read_text())
    content["valuation"]["law"]["C"]["value"] += 0.01
    path.write_text(json.dumps({**content, "hash": seal(content)}, indent=2) + "\n")
    run(project, "git", "commit", "-qam", "tampered")
    code, said = audit(project, capsys, "--recompute", "HEAD")
    assert code == 1 and "different at valuation/law/C/value" in said


def test_recompute_without_the_data_is_unknown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / ".dvc/cache")
    code, said = audit(project, capsys, "--recompute", "v1")
    assert code == 0 and "unknown" in said and "neither in DVC's cache nor in a remote" in said


@pytest.mark.soak
def test_merged_branches_are_said_to_fork(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main_branch = run(project, "git", "rev-parse", "--abbrev-ref", "HEAD").strip()
    run(project, "git", "checkout", "-q", "-b", "other", "v1")
    dvc(project, "checkout", "-q")
    release(project, 500)
    commit(project, "v2b")
    run(project, "git", "checkout", "-q", main_branch)
    dvc(project, "checkout", "-q")
    run(project, "git", "merge", "-q", "-s", "ours", "--no-commit", "other")
    run(project, "git", "checkout", "other", "--", "reports/ledger")
    run(project, "git", "commit", "-qm", "merge")
    code, said = audit(project, capsys)
    assert code == 0 and "the chain is forked here" in said
    release(project, 1060)
    last = read_ledger(project / "reports/ledger")[-1]
    assert last.seq == 3 and len(last.content["merges"]) == 1


def test_both_entries_of_one_valuation_are_kept(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two branches valued a release at the same place of the chain; the other one valued another after it."""
    run(project, "git", "branch", "-M", "main")
    run(project, "git", "checkout", "-q", "-b", "other", "v1")
    dvc(project, "checkout", "-q")
    for n_max in (700, 1060):
        release(project, n_max)
        commit(project, f"other {n_max}".replace(" ", "-"))
    run(project, "git", "checkout", "-q", "main")
    dvc(project, "checkout", "-q")
    monkeypatch.chdir(project)
    for name in ("bring", "track"):  # no catalogue; the release adds its folders itself
        monkeypatch.setattr(merging, name, lambda _: None)
    monkeypatch.setattr(merging, "run", lambda *_: release(project, 1500))
    merging.merge("other", lambda: [], print, print)
    last = read_ledger(project / "reports/ledger")[-1]
    seqs = [path.name[:4] for path in entries(project)]
    assert seqs == ["0001", "0002", "0002", "0003", "0004"] and len(last.record.merges) == 1
    code, said = audit(project, capsys)
    assert code == 0 and "WRONG" not in said, said
    assert "chain of 5 entries is whole" in said and "not committed" not in said
    tampered = entries(project)[2]
    tampered.write_text(tampered.read_text().replace('"time": "2', '"time": "3'))
    assert f"{tampered.name}: was edited" in audit(project, capsys)[1]


@pytest.mark.soak
def test_an_older_release_taken_up_again_is_its_own_entry(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release(project, 350)
    commit(project, "back")
    assert len(entries(project)) == 2
    code, said = audit(project, capsys)
    assert code == 0 and "data/raw/radonpy: 1 files as 0001-density" in said
    code, said = audit(project, capsys, "--recompute", "back")
    assert code == 0 and "0001-density" in said and "equal, from the same trials" in said


@pytest.mark.soak
def test_two_releases_in_one_commit_accuse_nobody(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release(project, 500)
    release(project, 1060)
    assert len(entries(project)) == 4
    code, said = audit(project, capsys)
    assert code == 0 and said.count("a later release was committed with it") == 1
    commit(project, "both")
    code, said = audit(project, capsys)
    assert code == 0 and said.count("a later release was committed with it") == 1


def test_unknown_revision_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["audit", "--root", str(project), "--recompute", "v9"])
    error = capsys.readouterr().err
    assert code == 1 and "'v9'" in error and error.count("\n") == 1


def test_history_tells_what_came(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--ledger", str(project / "reports/ledger")]) == 0
    said = capsys.readouterr().out
    assert "had forecast" in said and "1 forecast could be judged, and 1 held" in said
    assert max(len(line) for line in said.splitlines()) <= 120
    lines = said.splitlines()
    for entry in read_ledger(project / "reports/ledger"):
        law = entry.record.valuation.law
        first = next(i for i, line in enumerate(lines) if line.startswith(f"{entry.seq:>4} "))
        for name in ("D", "alpha", "C"):
            assert parameter(law, name) in lines[first]
            assert parameter_span(law, name, digits=2) in lines[first + 1]
        assert entry.record.valuation.verdict_reason in " ".join(said.split())
    assert main(["history", "densty", "--ledger", str(project / "reports/ledger")]) == 1
    assert "did you mean 'density'" in capsys.readouterr().err
