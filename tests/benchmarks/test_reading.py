"""Lines on a large table, small here."""

from __future__ import annotations

from benchmarks.reading import ReadingLoad, reading_lines


def test_a_small_table_is_read_and_described_within_the_limits() -> None:
    time, memory = reading_lines(ReadingLoad(rows=300, compositions=200))
    assert time.met and memory.met
    assert memory.ours is not None and memory.ours > 0.05
    assert time.size.startswith("300 rows, 200 made-up compositions")
