"""Structures in, numbers out; a bad structure hurts nobody else."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simworth.cli import main
from simworth.errors import SimworthError
from simworth.learning.networks import Siamese
from simworth.learning.transforms import InputTransform, LabelTransform
from simworth.model.domain import Domain
from simworth.model.ensemble import CARD, TENSORS, Ensemble, forward
from simworth.model.predictor import Predictor
from simworth.model.records import Descriptor, DomainFacts, ModelCard
from simworth.model.server import Served
from tests.model.letters import ALPHABET, Lab, letters, polymers


@pytest.fixture
def predictor(trained: Lab, store: Path) -> Predictor:
    return Predictor.load(trained.folder)


def test_mean_and_deviation_are_those_of_the_trials(predictor: Predictor, trained: Lab) -> None:
    structure = trained.measured[3]
    (one,) = predictor.predict([structure])
    tensors = predictor.ensemble.tensors
    x = predictor.ensemble.card.input_transform(letters([structure]))
    values = LabelTransform.from_tensors(tensors).inverse(forward(tensors, x[:, None]))[0][:, 0]
    assert one.mean == pytest.approx(values.mean()) and one.standard_deviation == pytest.approx(values.std(ddof=1))
    assert one.outside is False and one.distance == 0 and one.reason == ""
    assert 0.9 < values.mean() < 1.4  # what the labels are


def test_a_proposal_counts_on_what_the_ensemble_disagrees(
    predictor: Predictor, trained: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "density").symlink_to(trained.root / "prepared")
    pool = polymers(300)[160:]
    pd.DataFrame({"smiles": pool}).to_csv(tmp_path / "pool.csv", index=False)
    monkeypatch.chdir(tmp_path)
    words = ["propose", "density", "--candidates", "pool.csv", "--budget", "200", "--prepared", str(tmp_path)]
    assert main([*words, "--params", str(trained.root / "params.yaml"), "--models", str(trained.root / "models")]) == 0
    table = pd.read_csv("proposed.csv").set_index("smiles")
    spread = [one.standard_deviation for one in predictor.predict(list(table.index)) if one is not None]
    assert table["disagreement"].to_numpy() == pytest.approx(spread) and np.ptp(spread) > 0
    weight = table["likeness"] * table["disagreement"] / table["disagreement"].mean()
    assert table["score"].to_numpy() == pytest.approx((table["coverage"] * weight).to_numpy())


def test_order_repeats_and_other_spellings(predictor: Predictor) -> None:
    given = ["*CCO*", "*OCC*", "*CC(*)C", "*CCO*", "*C(C)C*"]
    made = predictor.predict(given)
    assert [one.structure for one in made] == given
    assert made[0].mean == made[1].mean == made[3].mean != made[2].mean == made[4].mean


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("CCO", "0 '*' instead of 2"),
        ("*C(*", "not a SMILES"),
        ("", "not a text"),
        (None, "not a text"),
        (5, "not a text"),
        (math.nan, "not a text"),
        ("*CSC*", "letters: sulphur is not in the alphabet"),
        ("*" + "C" * 3000 + "*", "more than"),
    ],
)
def test_bad_structure_says_why_and_the_others_stand(predictor: Predictor, bad: Any, why: str) -> None:
    alone = predictor.predict(["*CCO*"])[0]
    first, wrong, last = predictor.predict(["*CCO*", bad, "*CC*"])
    assert first.mean == pytest.approx(alone.mean, rel=1e-6) and last.mean is not None
    assert why in wrong.reason and wrong.mean is wrong.standard_deviation is wrong.outside is None
    assert len(predictor.predict([bad])) == 1


def test_nothing_asked_nothing_said(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_strange_structure_is_outside(predictor: Predictor) -> None:
    (one,) = predictor.predict(["*" + "C(F)(F)" * 12 + "C(=O)" * 5 + "*"])
    assert one.outside is True and one.distance is not None and one.distance > 1 and one.mean is not None


REQUESTS: list[Any] = [
    pd.DataFrame({"structure": ["*CC*", "bad"]}),
    ["*CC*", "bad"],
    np.array(["*CC*", "bad"]),
    np.array([["*CC*"], ["bad"]]),
    {"structure": np.array(["*CC*", "bad"])},
    [{"structure": "*CC*"}, {"structure": "bad"}],
    [{"structure": np.array("*CC*")}, {"structure": np.array("bad")}],
]


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_served_takes_every_form_of_a_request(predictor: Predictor, request_: Any) -> None:
    good, bad = Served(predictor).predict(request_)
    assert good["structure"] == "*CC*" and good["mean"] == predictor.predict(["*CC*"])[0].mean
    assert bad["structure"] == "bad" and bad["mean"] is None and "instead of 2" in bad["reason"]
    json.dumps([good, bad], allow_nan=False)


@pytest.mark.parametrize(
    "nothing", [[], np.array([]), pd.DataFrame(), pd.DataFrame({"structure": []}), {"structure": []}]
)
def test_served_answers_nothing_by_nothing(predictor: Predictor, nothing: Any) -> None:
    assert Served(predictor).predict(nothing) == []


def test_served_drops_no_row(predictor: Predictor) -> None:
    rows = Served(predictor).predict(pd.DataFrame({"smiles": ["*CC*", "*CCO*"]}))
    assert [row["reason"] for row in rows] == ["a request must have a column 'structure', has: smiles"] * 2
    odd = Served(predictor).predict([["*CC*", "*CO*"], {"a": 1}, 5, None])
    assert [row["mean"] for row in odd] == [None] * 4 and all(row["reason"] for row in odd)


def test_damaged_or_foreign_files_are_refused(trained: Lab, tmp_path: Path) -> None:
    folder = shutil.copytree(trained.folder, tmp_path / "density")
    card = json.loads((folder / CARD).read_text())
    content = (folder / TENSORS).read_bytes()
    (folder / TENSORS).write_bytes(content[:-4] + b"\0\1\2\3")
    with pytest.raises(SimworthError, match="is not the file"):
        Predictor.load(folder)
    (folder / TENSORS).unlink()
    with pytest.raises(SimworthError, match="cannot be read"):
        Predictor.load(folder)
    (folder / CARD).write_text(json.dumps(card | {"format": 99}))
    with pytest.raises(SimworthError, match="format 3"):
        Predictor.load(folder)
    with pytest.raises(SimworthError, match=r"no model.json; run `dvc repro model@nothing`"):
        Predictor.load(tmp_path / "nothing")


def test_other_descriptors_are_refused(predictor: Predictor) -> None:
    card = predictor.ensemble.card
    descriptors = (card.descriptors[0].model_copy(update={"version": 0}),)
    older = Predictor(Ensemble(card.model_copy(update={"descriptors": descriptors}), predictor.ensemble.tensors))
    with pytest.raises(SimworthError, match="descriptors letters version 0, this SimWorth computes version 1"):
        older.predict(["*CC*"])


def test_log_scale_is_told_in_the_unit(predictor: Predictor) -> None:
    card = predictor.ensemble.card.model_copy(update={"scale": "log10", "unit": "S/m"})
    assert Predictor(Ensemble(card, {})).unit == "log10(S/m)" and predictor.unit == "g/cm^3"


def pairs() -> Predictor:
    """A network of pairs at a temperature, untrained."""
    rng = np.random.default_rng(0)
    columns = len(ALPHABET)
    raw = np.column_stack([rng.random((40, columns)) * 5, rng.integers(0, 2, 40), 280 + rng.random(40) * 60])
    raw = np.column_stack([raw, 1 / raw[:, -1]])
    transform = InputTransform.fit(raw, {"letters": columns, "condition": 3}, {"condition": ("min-max",)}, 5.0)
    network = Siamese(columns + 3, (16, 4), 3)
    weights = network.layout.unpack(network.layout.fresh([np.random.default_rng(t) for t in range(3)]))
    labels = LabelTransform.fit([rng.normal(size=20)] * 3, ("norm",), 3.5).tensors()
    domain = Domain.of(transform(raw)[:, :columns])
    card = ModelCard(
        task="chi",
        property="chi",
        unit="",
        scale="linear",
        releases={},
        kind="pair",
        descriptors=(Descriptor(name="letters", version=1, digest=letters.digest, columns=columns),),
        input_transform=transform,
        n=40,
        m=20,
        trials=(0, 1, 2),
        domain=DomainFacts(limits=(domain.limit,)),
        interval=None,
        example="*CC*|O",
    )
    return Predictor(Ensemble(card, {**weights, **labels, "domain.points0": domain.points}))


def test_pairs_at_a_temperature(store: Path) -> None:
    chi = pairs()
    given = ["*CCO*|CCO", "*OCC*|OCC", "*CCO*|CC", "*CCO*", "*CCO*|*C*", "*CCO*|CCO"]
    made = chi.predict(given, [300.0, 300.0, 300.0, 300.0, 300.0, 350.0])
    assert made[0].mean == made[1].mean is not None  # other spellings
    assert len({made[0].mean, made[2].mean, made[5].mean}) == 3
    assert "polymer|solvent" in made[3].reason and "solvent" in made[4].reason
    assert chi.predict(["*CCO*|CCO"])[0] == chi.predict(["*CCO*|CCO"], [298.15])[0]
    assert "K above 0" in chi.predict(["*CCO*|CCO"], [-3.0])[0].reason


def test_served_pair_without_a_temperature_is_at_that_of_the_room(store: Path) -> None:
    chi = pairs()
    warm, room = Served(chi).predict([{"structure": "*CCO*|CCO", "temperature": 330}, {"structure": "*CCO*|CCO"}])
    assert warm["mean"] == chi.predict(["*CCO*|CCO"], [330.0])[0].mean != room["mean"]
    assert room["mean"] == chi.predict(["*CCO*|CCO"])[0].mean is not None


def test_command_prints_a_table_and_json(trained: Lab, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = ["--models", str(trained.root / "models")]
    assert main(["predict", "density", "*CCO*", "*CC*", *models]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["mean", "(g/cm^3)", "low", "high", "sd", "outside", "structure"]
    assert lines[1].split()[5] == "*CCO*" and lines[1].split()[4] in ("yes", "no")
    assert main(["predict", "density", "*CCO*", "CCO", "--json", *models]) == 1
    said = capsys.readouterr()
    assert [row["reason"] == "" for row in json.loads(said.out)] == [True, False]
    assert said.err == "simworth: error: 1 of 2 structures have no prediction; the reasons stand beside them\n"
    assert main(["predict", "viscosity", "*CC*", *models]) == 1
    assert "there is no model.json" in capsys.readouterr().err


def test_command_reads_standard_input(
    trained: Lab, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("*CCO*\n\n*CC*\n"))
    assert main(["predict", "density", "-", "--models", str(trained.root / "models")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
