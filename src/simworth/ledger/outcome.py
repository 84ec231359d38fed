"""What a new entry says of the one before: what it corrects, and whether its forecast came true.

The comparison is fair only for more of the same: same measurements, same training, same kinds of simulated material.
Where something of that changed, the outcome says what changed instead. Since the measured materials are the same, the
forecast is judged by its interval for these materials only, with the new mean's own error by trials, less what the
trials that both releases have do to both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import JsonValue, TypeAdapter
from scipy.stats import chi2_contingency

from simworth.config import Training
from simworth.ledger.chain import Entry
from simworth.ledger.judgement import at_n, interval_score, judged_interval, own_error
from simworth.ledger.records import LedgerEntry, Measurements, Outcome
from simworth.valuation.words import figure, span

UNLIKELY: Final = 1e-3
"""probability below which two sets of classes are not draws from the same database"""
LEAST_EXPECTED: Final = 5.0
"""expected count below which classes are pooled"""
_USUAL: Final[dict[str, JsonValue]] = TypeAdapter(Training).dump_python(Training(), mode="json")
"""settings of training that nobody gave"""


def outcome(before: Entry, now: LedgerEntry, common: float = 0.0) -> Outcome:
    """What becomes of the forecast of the task's entry before; common: what `common_part` says of both means."""
    if why := _unfair(before.record, now):
        kind, text = why
        return Outcome(before=before.name, kind=kind, text=f"against entry {before.seq}: {text}")
    return _judged(before, now, common)


def _unfair(before: LedgerEntry, now: LedgerEntry) -> tuple[str, str] | None:
    moved = moved_setting(before.protocol, now.protocol)
    if moved is not None:
        return "protocol changed", f"{moved}, so its forecast is not judged"
    if before.valuation.unit != now.valuation.unit:
        text = f"errors are in {now.valuation.unit or 'no unit'} now, not in {before.valuation.unit or 'no unit'}"
        return "measurements changed", f"{text}, so its forecast is not judged"
    if not _same_measurements(before.measurements, now.measurements):
        old, new = before.measurements.materials, now.measurements.materials
        text = f"the measurements changed ({old} to {new} materials), its forecast is not judged"
        return "measurements changed", text
    probability = changed(before.composition, now.composition)
    if probability is not None:
        chance = f"{probability:.1g}" if probability >= 1e-6 else "below one in a million"
        text = f"the simulated materials are of other classes now (probability of chance {chance}), so its forecast, "
        return "composition changed", f"{text}which was for more of the same, is not judged"
    if now.n_max <= before.n_max:
        text = f"n did not grow ({before.n_max:,} to {now.n_max:,}), so it had forecast nothing here"
        return "no larger n", text
    return None


def moved_setting(before: JsonValue, now: JsonValue, where: str = "") -> str | None:
    """The first setting that differs, in words; None where there is none.

    One of `training` that only one of them knows came with the code, whose default is what was done before; others
    that only one knows are passed over.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        if where.rpartition(".")[2] == "training":
            before, now = _USUAL | before, _USUAL | now
        shared = [key for key in before if key in now]
        found = (moved_setting(before[key], now[key], f"{where}.{key}".lstrip(".")) for key in shared)
        return next((text for text in found if text is not None), None)
    return None if before == now else f"{where} changed from {before} to {now}"


def _same_measurements(before: Measurements, now: Measurements) -> bool:
    """By the values tested, or by the files and the number of materials, since more trials test more of them."""
    return before.digest == now.digest or (before.md5 == now.md5 and before.materials == now.materials)


def _judged(before: Entry, now: LedgerEntry, common: float) -> Outcome:
    n, mae = now.n_max, now.valuation.mae_at_n_max
    rows = before.record.frozen_these_materials_only or before.record.frozen
    ahead = at_n(rows, n)
    if ahead is None:
        text = f"against entry {before.seq}: its forecasts end at n = {rows[-1].n:,}, below the {n:,} reached"
        return Outcome(before=before.name, kind="beyond the forecasts", text=text)
    within = judged_interval(ahead, own_error(before.record.valuation), own_error(now.valuation), common)
    inside = (within.low is None or within.low <= mae) and (within.high is None or mae <= within.high)
    said = f"{figure(ahead.mae)} ({span(ahead.low, ahead.high)})"
    word = "as forecast" if inside else "not as forecast"
    return Outcome(
        before=before.name,
        kind="forecast",
        n=n,
        forecast=ahead,
        mae=mae,
        inside=inside,
        judged=within,
        score=interval_score(within, mae, before.record.settings.level),
        text=f"entry {before.seq} had forecast {said} for n = {n:,}; it came to {figure(mae)}, {word}",
    )


def changed(before: Mapping[str, int], now: Mapping[str, int]) -> float | None:
    """Probability of class counts as different as these in two draws from one database, where it is below UNLIKELY.

    None where they may well be the same, or where classes are unknown. A release that only adds materials, or only
    takes some away, is compared by what it added or took.
    """
    names = sorted(set(before) | set(now))
    old, new = (np.array([counts.get(name, 0) for name in names], dtype=float) for counts in (before, now))
    if (new >= old).all():
        new = new - old
    elif (new <= old).all():
        old = old - new
    probability = _same(old, new)
    return probability if probability is not None and probability < UNLIKELY else None


def _same(first: np.ndarray, second: np.ndarray) -> float | None:
    """Probability of a chi-square test of homogeneity, rare classes pooled; None where nothing can be tested."""
    if first.sum() == 0 or second.sum() == 0:
        return None
    table = np.stack([first, second])
    expected = table.sum(axis=0) * min(first.sum(), second.sum()) / table.sum()
    rare = expected < LEAST_EXPECTED
    pooled = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)]) if rare.any() else table
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return None
    return float(chi2_contingency(pooled).pvalue)


def _pairs(entry: LedgerEntry) -> bool:
    return entry.protocol.get("learning") == "multitask"


def _wiedemann_franz(entry: LedgerEntry) -> bool:
    grouping = entry.valuation.grouping
    return grouping is not None and grouping.by == "wiedemann_franz"


@dataclass(frozen=True)
class Correction:
    """One thing that a version does right and the versions before did not."""

    part: str
    """engine | law"""
    version: int
    """the first that has it"""
    text: str
    concerns: Callable[[LedgerEntry], bool] = lambda _: True
    """whether an entry's content is touched by it"""


CORRECTIONS: Final = (
    Correction(
        "engine", 2, "a trial of pairs no longer depends on the other trials of its block: batches are drawn from its "
        "own rows", _pairs,
    ),
    Correction(
        "engine", 2, "test sets are keyed by database and property instead of the task's name, so that tasks with the "
        "same measurements are tested on the same materials",
    ),
    Correction(
        "law", 2, "intervals over clusters of unequal size: the mean over pairs is a ratio, whose influence is size x "
        "(error - mean); the sizes themselves counted as noise before", _pairs,
    ),
    Correction(
        "law", 2, "a material counts once however often it was tested; before, each trial's mean counted once, which "
        "left the choice of the materials that a trial tests in the error's level",
    ),
    Correction(
        "law", 2, "nothing is claimed where the form of the law does not hold, C is identified only where a fall is "
        "proven, and a proven rise is called harm",
    ),
    Correction(
        "law", 2, "groups by the Wiedemann-Franz law take the decimal logarithm of the thermal conductivity; before, "
        "the conductivity itself was taken for its logarithm, so that most materials were in the wrong group",
        _wiedemann_franz,
    ),
    Correction(
        "law", 2, "forecasts, the gain of a doubling and the n for a lower error come from a law whose exponent may "
        "drift; before, they were widened by how far the law missed its own largest n, most of which was noise",
    ),
    Correction(
        "law", 3, "intervals of surfaces, and of what an experiment is worth in simulations, grow where the first grid "
        "of their search missed the region",
    ),
    Correction(
        "law", 3, "forecasts draw the covariance of few trials and materials towards a smooth one, whose scatter made "
        "intervals wide",
    ),
    Correction(
        "law", 4, "intervals draw classes of materials where the errors of a class correlate (p below .05); before, "
        "materials of one class were taken for independent, which made intervals too narrow",
        lambda entry: (found := entry.valuation.class_correlation) is not None and found.drawn,
    ),
    Correction(
        "law", 4, "other forms of law are weighed against the study's, and the entry holds their weights",
    ),
    Correction(
        "law", 5, "forecasts know decays that end and decay rates that change once, and are wider where the data leave "
        "room for them; before, the gain of a doubling was missed in half of exponential curves",
    ),
    Correction(
        "law", 6, "forecasts of less than four times n_max are as wide as past curves ask for, narrower than before",
    ),
    Correction(
        "law", 6, "no verdict rests on the study's law where other forms hold more than 95 % of the weights",
    ),
    Correction(
        "law", 7, "what an experiment is worth comes from the surface unless its form is rejected, whatever the "
        "learning; before, pairs took two curves unseen",
        lambda entry: _pairs(entry) and (worth := entry.valuation.equivalent_samples) is not None
        and worth.method == "surface",
    ),
    Correction(
        "law", 8, "at five n, too, forms of law are weighed by how well they fit; before, the law without C had all of "
        "the weight there, whatever the errors", lambda entry: entry.valuation.number("points") == 5,
    ),
)  # fmt: skip


def corrections(before: LedgerEntry, now: LedgerEntry) -> tuple[str, ...]:
    """What the entry `now` corrects of the task's entry before it, in sentences."""
    return tuple(
        f"{one.part} {one.version}: {one.text}"
        for one in CORRECTIONS
        if version(before, one.part) < one.version <= version(now, one.part) and one.concerns(now)
    )


def version(entry: LedgerEntry, part: str) -> int:
    """Version of the engine or of the law behind an entry."""
    return entry.engine if part == "engine" else int(entry.settings.law_version)
