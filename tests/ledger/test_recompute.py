"""An entry with a surface and classes is refitted from what its revision kept, not from clean tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_grids import planted_grid, write_samples
from fake_tables import Planted, planted, quality
from ledger_steps import PARAMS, fit

from simworth.columns import Quantity
from simworth.config import load_settings
from simworth.ledger.chain import Entry, problems, read_ledger, seal
from simworth.ledger.old_versions import study_law
from simworth.ledger.recompute import by_frozen_rules, competed, most_different, refitted
from simworth.ledger.stage import EntrySource, new_entry
from simworth.scaling import fit_power_law
from simworth.sweep.records import SweepSummary
from simworth.valuation.records import Fit, Valued

PLAN = Planted(points=5, trials=6)


FITS = json.loads((Path(__file__).parent / "fits_of_law_1.json").read_text())
LEDGER = Path(__file__).parents[2] / "reports/ledger"


class Kept:
    """Stands for a revision whose files lie in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def table(self, path: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / path)

    def content(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def quantity(self, task: str, side: str) -> Quantity:
        return Quantity(task, "g/cm^3", "linear")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Density with a grid and classes, fitted."""
    folder = tmp_path_factory.mktemp("project")
    results = folder / "results"
    planted(PLAN).write(results)
    planted_grid(PLAN).write(results, "density")
    samples = write_samples(folder)
    more = {
        "--surface": results / "surfaces/density.parquet",
        "--surface-predictions": results / "surface_predictions/density.parquet",
        "--samples": samples,
        "--classes": results / "classes/density.parquet",
    }
    fit(results, "density", more)
    return folder


def entry(folder: Path) -> Entry:
    fit = Fit.read(folder / "results/fits/density.json")
    assert isinstance(fit.entry, Valued)
    trials, predictions = (pd.read_parquet(folder / f"results/{p}/density.parquet") for p in ("trials", "predictions"))
    made = EntrySource(
        name="density",
        trials=trials,
        predictions=predictions,
        summary=SweepSummary.read(folder / "results/sweeps/density.json"),
        fit=fit,
        valuation=fit.entry,
        quality={name: quality(name) for name in ("radonpy", "polyinfo")},
    )
    return new_entry(made, {}, load_settings(PARAMS), [])


def test_refit_of_surface_and_classes_is_equal(project: Path) -> None:
    held = entry(project)
    assert held.record.valuation.surface and held.record.valuation.classes
    finding = refitted(held, Kept(project))  # type: ignore[arg-type]
    assert finding.ok and "equal" in finding.text


def test_a_changed_class_is_named(project: Path) -> None:
    held = entry(project)
    held.content["valuation"]["classes"]["PSTR"]["mae_at_n_max"] *= 1.5  # type: ignore[index,call-overload,operator]
    finding = refitted(held, Kept(project))  # type: ignore[arg-type]
    assert finding.ok is False and "classes/PSTR/mae_at_n_max" in finding.text


def test_words_and_new_fields_are_no_difference_but_decisions_are() -> None:
    kept = {"C": 1.0, "verdict": "scaling", "reason": "put so", "excluded": ["a"], "classes": {"PSTR": {"gap": "x"}}}
    again = kept | {"reason": "put otherwise", "excluded": ["a", "b"], "new": 2.0}
    assert most_different(kept, again)[1] == 0
    assert most_different(kept, again | {"C": 1.1}) == ("C", pytest.approx(0.1 / 1.1))
    assert most_different(kept, again | {"verdict": "harm"}) == ("verdict", np.inf)
    assert most_different(kept, again | {"classes": {"PSTR": {"gap": "y"}}}) == ("classes/PSTR/gap", np.inf)
    assert most_different(again, kept) == ("new", np.inf)


def test_laws_that_came_later_do_not_compete_in_an_older_entry(project: Path) -> None:
    held = entry(project)
    form = held.record.valuation.form
    assert form is not None and held.record.settings.laws == ()
    for part in ("weights", "formulas"):
        held.content["valuation"]["form"][part].pop("shifted power")  # type: ignore[index,call-overload,union-attr]
    fewer = form.model_copy(update={"weights": {k: v for k, v in form.weights.items() if k != "shifted power"}})
    valued = held.record.valuation.model_copy(update={"form": fewer})
    held = replace(held, record=held.record.model_copy(update={"valuation": valued}))
    assert "shifted power" not in competed(held)
    assert refitted(held, Kept(project)).ok  # type: ignore[arg-type]


def older(held: Entry, trials: pd.DataFrame, **changes: object) -> Entry:
    """The entry as the first law made it: its errors were means over trials, whatever materials these tested."""
    curve = trials[(trials["n"] > 0) & (trials["m"] == trials["m"].max())].groupby("n")["mae"].mean()
    law = fit_power_law(curve.index.to_numpy(), curve.to_numpy())
    valued = held.record.valuation
    estimates = {name: one._replace(value=getattr(law, name)) for name, one in valued.law.items()}
    valued = valued.model_copy(update={"law": estimates, "mae_at_n_max": float(curve.iloc[-1]), **changes})
    settings = held.record.settings.model_copy(update={"law_version": "1"})
    return replace(held, record=held.record.model_copy(update={"settings": settings, "valuation": valued}))


def test_an_entry_of_an_older_law_is_held_to_its_trials_and_frozen_rules(project: Path) -> None:
    """A newer method is no wrong entry: only digests, trial means and the study's law are compared."""
    tables = [pd.read_parquet(project / f"results/{p}/density.parquet") for p in ("trials", "predictions")]
    held = older(entry(project), tables[0])
    finding = by_frozen_rules(held, *tables)
    assert finding.ok and "equal within 1e-3, from the same trials; an entry of law 1" in finding.text
    assert "D, alpha, C by the frozen rules of law 1" in finding.text
    off = older(held, tables[0], mae_at_n_max=1.1 * held.record.valuation.mae_at_n_max)
    finding = by_frozen_rules(off, *tables)
    assert finding.ok is False and "different at mae_at_n_max" in finding.text
    finding = by_frozen_rules(held, tables[0].assign(seed=1), tables[1])
    assert finding.ok is False and "from OTHER trials" in finding.text


def test_an_entry_of_law_3_is_held_to_means_that_count_a_material_once(project: Path) -> None:
    tables = [pd.read_parquet(project / f"results/{p}/density.parquet") for p in ("trials", "predictions")]
    now = entry(project)
    settings = now.record.settings.model_copy(update={"law_version": "3"})
    held = replace(now, record=now.record.model_copy(update={"settings": settings}))
    finding = by_frozen_rules(held, *tables)
    assert finding.ok and "D, alpha, C by the frozen rules of law 3" in finding.text
    settings = settings.model_copy(update={"law_version": "1"})
    first = replace(held, record=held.record.model_copy(update={"settings": settings}))
    assert by_frozen_rules(first, *tables).ok is False


@pytest.mark.parametrize("task", FITS)
def test_frozen_rules_give_the_laws_that_version_1_gave(task: str) -> None:
    """Fits of the open releases by law 1 as shipped: mean errors, and what it made of them."""
    held = FITS[task]
    found = study_law(np.array(held["n"], dtype=float), np.array(held["mae"]))
    at_bound = held["law"][1] == pytest.approx(5.0)  # a steeper fall than the law allows: D follows from alpha's bound
    assert found == pytest.approx(tuple(held["law"]), rel=5e-3 if at_bound else 1e-5)


def test_the_first_entries_are_read_and_never_reported_as_wrong_for_their_format() -> None:
    entries = [one for one in read_ledger(LEDGER) if one.seq <= 5]
    assert [one.record.format for one in entries] == [1] * 5
    assert [problem for problem in problems(entries) if problem.fatal] == []
    for one in entries:
        assert seal(one.content) == one.hash
        assert one.record.valuation.law["alpha"].low >= 0 and one.record.corrects == ()
