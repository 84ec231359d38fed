"""An entry made by a newer engine or law says what it corrects; entries are those of the repository's own ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.learning import ENGINE_VERSION
from simworth.ledger.chain import read_ledger, sealed
from simworth.ledger.history import history_table
from simworth.ledger.outcome import CORRECTIONS, corrections
from simworth.ledger.records import LedgerEntry
from simworth.report.history import past_of
from simworth.scaling import LAW_VERSION

LEDGER = Path(__file__).parents[2] / "reports/ledger"
FIRST = {entry.task: entry for entry in read_ledger(LEDGER) if entry.seq <= 5}


def valued_anew(task: str, engine: int, law: int) -> LedgerEntry:
    """The first entry of a task, as a newer version would make it."""
    first = FIRST[task].record
    settings = first.settings.model_copy(update={"law_version": str(law)})
    return first.model_copy(update={"settings": settings, "protocol": {**first.protocol, "engine": engine}})


LAW_2 = ["law 2: a material counts once", "law 2: nothing is claimed"]
"""what the law's second version corrects of every task"""
FORECASTS = "law 2: forecasts, the gain of a doubling"
GROUPS = "law 2: groups by the Wiedemann-Franz law"


@pytest.mark.parametrize(
    ("task", "engine", "law", "said"),
    [
        (
            "chi",
            2,
            2,
            ["engine 2: a trial of pairs", "engine 2: test sets", "law 2: intervals over clusters", *LAW_2, FORECASTS],
        ),
        ("electrical_conductivity", 2, 2, ["engine 2: test sets", *LAW_2, GROUPS, FORECASTS]),
        ("electrical_conductivity", 1, 2, [*LAW_2, GROUPS, FORECASTS]),
        ("density", 1, 2, [*LAW_2, FORECASTS]),
        ("density", 2, 1, ["engine 2: test sets"]),
        ("density", 1, 1, []),
    ],
)
def test_a_newer_version_says_what_it_corrects(task: str, engine: int, law: int, said: list[str]) -> None:
    found = corrections(FIRST[task].record, valued_anew(task, engine, law))
    assert [text.startswith(start) for text, start in zip(found, said, strict=True)] == [True] * len(said)


def test_every_version_in_use_has_its_correction() -> None:
    for part, now in (("engine", ENGINE_VERSION), ("law", int(LAW_VERSION))):
        assert {one.version for one in CORRECTIONS if one.part == part} >= set(range(2, now + 1))


def test_law_7_corrects_the_worth_of_a_measured_pair_where_its_surface_holds_alone() -> None:
    entries = read_ledger(LEDGER)
    told = {one.task for one in entries if any(text.startswith("law 7") for text in one.record.corrects)}
    assert told == {"chi"}, "density and band_gap have a surface, too, and took it before"


def test_history_shows_it() -> None:
    now = valued_anew("chi", 2, 2)
    now = now.model_copy(update={"corrects": corrections(FIRST["chi"].record, now)})
    text = " ".join(history_table([FIRST["chi"], sealed(now)]).split())
    assert text.count("corrects: ") == 6 and "whose influence is size x (error - mean)" in text


def test_the_page_says_a_reason_once_however_many_tasks_it_holds_for() -> None:
    entries = [FIRST["chi"], FIRST["density"]]
    for first in tuple(entries):
        now = valued_anew(first.task, 2, 2)
        entries.append(sealed(now.model_copy(update={"corrects": corrections(first.record, now)})))
    past = past_of(entries, {"chi": 0, "density": 1})
    assert past.corrected.count("law 2: nothing is claimed") == 1
    assert past.corrected.count("engine 2: a trial of pairs") == past.corrected.count(" (chi)") - 1 == 1
    assert not any("law 2" in task.change for task in past.tasks)


def test_history_tells_changes_of_data_from_those_of_engine_law_split_or_recipe() -> None:
    first = FIRST["density"].record
    later = first.model_copy(update={"seq": 99, "previous": first.hash, "outcome": None})
    radonpy = {**first.releases, "radonpy": first.releases["radonpy"].model_copy(update={"md5": "0" * 32})}
    split = {**first.protocol, "split": "material"}
    cases = {
        "data (radonpy); the same: engine, split, law version, recipe": {"releases": radonpy},
        "engine changed from 1 to 2; the same: data, split": {"protocol": {**first.protocol, "engine": 2}},
        "law version changed from 1 to 4; the same: data": {
            "settings": first.settings.model_copy(update={"law_version": "4"})
        },
        "recipe (test_fraction changed from 0.2 to 0.3); the same": {"protocol": {**split, "test_fraction": 0.3}},
        "nothing; the same": {},
        "trials trained anew, with other last bits": {"tables": first.tables.model_copy(update={"trials": "0" * 32})},
        "law version changed from 1 to 4, trials trained anew": {
            "settings": first.settings.model_copy(update={"law_version": "4"}),
            "tables": first.tables.model_copy(update={"trials": "0" * 32}),
        },
    }
    for said, changed in cases.items():
        text = " ".join(history_table([FIRST["density"], sealed(later.model_copy(update=changed))]).split())
        assert f"other than entry {first.seq}: {said}" in text, text
    before = sealed(later.model_copy(update={"protocol": split}))
    other = sealed(later.model_copy(update={"seq": 100, "protocol": {**split, "split": "class"}}))
    assert "other than entry 99: split changed from material to class" in " ".join(
        history_table([before, other]).split()
    )


def test_history_marks_a_rejected_form() -> None:
    newest = next(entry for entry in reversed(read_ledger(LEDGER)) if entry.record.valuation.form is not None)
    form = newest.record.valuation.form
    assert form is not None
    rejected = form.model_copy(update={"rejected": True, "lack_of_fit": 0.002})
    valuation = newest.record.valuation.model_copy(update={"form": rejected})
    text = history_table([sealed(newest.record.model_copy(update={"valuation": valuation}))])
    assert "The form D n^-alpha + C does not hold (lack of fit, p = 0.002)" in " ".join(text.split())
    text = history_table([newest])
    assert "does not hold (lack of fit" not in text
    assert f"is not rejected (lack of fit, p = {form.lack_of_fit:.2g})" in " ".join(text.split())
