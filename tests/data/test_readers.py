"""One contract for every reader, and 40 corrupted files for each, 260 more in soak."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.config
import pytest

from simworth.columns import CLEAN_COLUMNS
from simworth.data.ingest import read_files
from simworth.data.readers import READERS as KNOWN
from simworth.errors import SimworthError
from tests.data.reading import SETTINGS, balanced, read, values
from tests.data.sample import Sample, write
from tests.data.samples import SAMPLES
from tests.data.table_samples import TABLES

READERS = sorted(SAMPLES)


def needed(name: str) -> tuple[str, ...]:
    """Columns without which a sample is refused."""
    table = TABLES.get(name)
    if table is None:
        return KNOWN[name].needed
    partner = (table.partner,) if table.partner else ()
    return (table.structure, *partner, *(one.column for one in table.values.values()))


def changed(sample: Sample, column: str, row: int, text: str) -> None:
    """Write `text` into one cell of the sample's main file."""
    path = sample.paths[sample.main]
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[row, column] = text
    write(path, frame)


def test_every_reader_has_a_sample() -> None:
    assert {name.partition(":")[0] for name in SAMPLES} == set(KNOWN)


@pytest.mark.parametrize("name", READERS)
class TestContract:
    def test_reads_what_was_written(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        one = read(name, sample.paths)
        assert list(one.clean.columns) == list(CLEAN_COLUMNS)
        found = values(one.clean)
        assert found.keys() == sample.expected.keys()
        for key, wanted in sample.expected.items():
            assert found[key] == pytest.approx(wanted, rel=1e-12)
        assert not balanced(one).dropped

    def test_rows_say_where_a_value_stands(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        one = read(name, sample.paths)
        main = sample.paths[sample.main]
        with main.open(newline="") as file:
            lines = list(csv.reader(file))
        place = lines[0].index(sample.value_column)
        first = one.clean[one.clean["file"] == main.name].iloc[0]
        assert lines[first["row"] - 1][place]  # the record is there and holds a value

    def test_order_of_rows_and_columns_is_irrelevant(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        for path in sample.paths:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
            write(path, frame.sample(frac=1, random_state=3)[sorted(frame.columns, reverse=True)])
        assert values(read(name, sample.paths).clean).keys() == sample.expected.keys()

    def test_whole_files_need_no_last_line_break(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        for path in sample.paths:
            path.write_bytes(path.read_bytes().rstrip())
        one = read_files(SETTINGS, "r", name.partition(":")[0], sample.paths, {}, TABLES.get(name), whole=True)
        assert values(one.clean).keys() == sample.expected.keys()
        assert not one.tally.broken and not any("was it cut?" in note for note in one.tally.notes)

    def test_missing_column_is_named(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        for path, column in [(sample.paths[sample.main], one) for one in needed(name)]:
            kept = path.read_bytes()
            write(path, pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns=column))
            with pytest.raises(SimworthError, match="is missing") as caught:
                read(name, sample.paths)
            assert repr(column) in str(caught.value) and path.name in str(caught.value)
            path.write_bytes(kept)

    def test_doubled_column_is_named(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        path = sample.paths[sample.main]
        column = needed(name)[0]
        lines = path.read_text().splitlines()
        path.write_text("\n".join([f"{lines[0]},{column}", *(f"{line},x" for line in lines[1:])]) + "\n")
        with pytest.raises(SimworthError, match="occurs 2 times"):
            read(name, sample.paths)

    def test_bad_structure_is_counted(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        changed(sample, sample.structure_column, 1, "*CC(*)(")
        counted = balanced(one := read(name, sample.paths))
        assert counted.dropped and counted.dropped[0].example.row == 3
        assert len(one.clean) < sum(map(len, sample.expected.values()))

    def test_absurd_value_is_counted(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        changed(sample, sample.value_column, 2, sample.absurd)
        drops = balanced(read(name, sample.paths)).dropped
        assert [(drop.values, drop.example.row, drop.example.value) for drop in drops] == [
            (1, 4, sample.shown or sample.absurd)
        ]

    @pytest.mark.parametrize("text", ["many", "inf", "1e999", "1,2", "0x1", "1_0"])
    def test_what_is_no_number_is_counted(self, name: str, text: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        changed(sample, sample.value_column, 2, text)
        (drop,) = balanced(read(name, sample.paths)).dropped
        assert drop.example.value == text and drop.example.row == 4

    def test_repeated_record_is_counted_once(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        path = sample.paths[sample.main]
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([*lines, lines[-1]]))
        before = balanced(read(name, SAMPLES[name](tmp_path / "again").paths))
        after = balanced(one := read(name, sample.paths))
        assert after.rows_repeated == before.rows_repeated + 1
        assert values(one.clean).keys() == sample.expected.keys()

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n", b"a,b\n", "smiles\n".encode("utf-16"), b"a,\xff\n1,2\n", b"\x00" * 9]
    )
    def test_what_is_no_table_is_refused(self, name: str, content: bytes, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        sample.paths[sample.main].write_bytes(content)
        with pytest.raises(SimworthError) as caught:
            read(name, sample.paths)
        assert sample.paths[sample.main].name in str(caught.value)

    def test_header_alone_is_refused(self, name: str, tmp_path: Path) -> None:
        sample = SAMPLES[name](tmp_path)
        path = sample.paths[sample.main]
        path.write_text(path.read_text().splitlines()[0] + "\n")
        with pytest.raises(SimworthError, match="no value is left"):
            read(name, sample.paths)


def corrupted(content: str, rng: random.Random) -> tuple[str, bytes]:
    """One kind of damage to a CSV file, by name."""
    lines = content.splitlines()
    row = rng.randrange(1, len(lines))
    cells = next(csv.reader([lines[row]]))
    cell = rng.randrange(len(cells))

    def with_cell(text: str) -> bytes:
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow([*cells[:cell], text, *cells[cell + 1 :]])
        return "\n".join([*lines[:row], out.getvalue(), *lines[row + 1 :], ""]).encode()

    def with_text(text: str) -> bytes:
        at = rng.randrange(len(content))
        return (content[:at] + text + content[at:]).encode()

    def shuffled() -> bytes:
        table = list(csv.reader(lines))
        order = rng.sample(range(len(table[0])), len(table[0]))
        out = io.StringIO()
        csv.writer(out).writerows([[record[place] for place in order] for record in table])
        return out.getvalue().encode()

    header = lines[0].split(",")
    damage = {
        "cut": lambda: content[: rng.randrange(len(content))].encode(),
        "utf-16": lambda: content.encode("utf-16"),
        "latin-1": lambda: with_text("é").decode().encode("latin-1"),
        "bytes": lambda: (
            content.encode()[: len(content) // 2] + rng.randbytes(3) + content.encode()[len(content) // 2 :]
        ),
        "shuffled columns": shuffled,
        "nothing": lambda: with_cell(rng.choice(["", "NaN", "nan", "None", "NA", "-"])),
        "infinite": lambda: with_cell(rng.choice(["inf", "-inf", "Infinity", "1e400"])),
        "huge": lambda: with_cell(rng.choice(["1e300", "-9" * 40, "123456789012345678901234567890"])),
        "text": lambda: with_cell(rng.choice(["?", "*", "**", "C", "(", "'; DROP", "=1+1", "é", "x" * 5000])),
        "doubled header": lambda: "\n".join(
            [",".join([*header[:cell], rng.choice(header), *header[cell + 1 :]]), *lines[1:], ""]
        ).encode(),
        "newline in quotes": lambda: with_cell(f"{cells[cell]}\nx"),
        "newline": lambda: with_text("\n"),
        "carriage return": lambda: with_text("\r"),
        "quote": lambda: with_text('"'),
        "comma": lambda: with_text(","),
        "no comma": lambda: "\n".join([*lines[:row], lines[row].replace(",", "", 1), *lines[row + 1 :], ""]).encode(),
        "semicolons": lambda: content.replace(",", ";").encode(),
        "nul": lambda: with_text("\x00"),
        "doubled row": lambda: "\n".join([*lines, lines[row], ""]).encode(),
        "blank lines": lambda: "\n".join([*lines[:row], "", "  ", *lines[row:], ""]).encode(),
        "no row": lambda: "\n".join([*lines[:row], *lines[row + 1 :], ""]).encode(),
    }
    kind = rng.choice(sorted(damage))
    return kind, damage[kind]()


def survives(name: str, sample: Sample, content: str, seed: int) -> None:
    """A corrupted release gives one clear line, or values that were there and a count of the rest."""
    kind, corrupt = corrupted(content, random.Random(f"{name} {seed}"))
    sample.paths[sample.main].write_bytes(corrupt)
    try:
        one = read(name, sample.paths)
    except SimworthError as error:
        assert str(error) and "\n" not in str(error).strip(), kind
        assert "Traceback" not in str(error)
        return
    balanced(one)
    for key, found in values(one.clean).items():
        if key not in sample.expected:
            assert kind in ("text", "newline", "carriage return", "cut"), (kind, key)
            continue
        for value in found:
            assert np.isclose(value, sample.expected[key], rtol=1e-12).any(), (kind, key, value)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(40, 300), marks=pytest.mark.soak)], ids=str)
def test_fuzz(name: str, seeds: range, tmp_path: Path) -> None:
    sample = SAMPLES[name](tmp_path)
    content = sample.paths[sample.main].read_text()
    with pandera.config.config_context(validation_enabled=False):  # of our own tables, which the contract checks
        for seed in seeds:
            survives(name, sample, content, seed)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Cut, or some bytes replaced, doubled or taken out."""
    at = rng.randrange(8, len(content))
    length = rng.choice([1, 1, 4, 64])
    return {
        "cut": content[:at],
        "replaced": content[:at] + rng.randbytes(length) + content[at + length :],
        "doubled": content[:at] + content[at : at + length] + content[at:],
        "out": content[:at] + content[at + length :],
    }[rng.choice(["cut", "replaced", "doubled", "out"])]


@pytest.mark.parametrize("form", ["xlsx", "parquet", "csv.gz"])
def test_a_hundred_damaged_files_of_other_formats(form: str, tmp_path: Path) -> None:
    """Refused in one line or read right; a parquet page has no checksum, so that its numbers may be others."""
    sample = SAMPLES["table:composition"](tmp_path)
    frame = pd.read_csv(sample.paths[0])
    path = tmp_path / f"c.{form}"
    make = {"xlsx": frame.to_excel, "parquet": frame.to_parquet, "csv.gz": frame.to_csv}[form]
    make(path, index=False)
    assert values(read("table:composition", [path]).clean).keys() == sample.expected.keys()
    content, refused = path.read_bytes(), 0
    for seed in range(100):
        path.write_bytes(damaged(content, random.Random(f"{form} {seed}")))
        try:
            one = read("table:composition", [path])
        except SimworthError as error:
            refused += 1
            assert "\n" not in str(error)
            continue
        balanced(one)
        found = values(one.clean)
        assert form == "parquet" or found == {key: sample.expected[key] for key in found}, seed
    assert refused > 50
