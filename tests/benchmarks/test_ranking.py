"""The line on what to simulate next, small here: it must rank, and the limit stays."""

from __future__ import annotations

from benchmarks.ranking import LIMIT, RankingLoad, ranking_line


def test_a_few_candidates_are_ranked_within_the_limit() -> None:
    line = ranking_line(RankingLoad(candidates=2_000, wanted=50, simulated=100, columns=20))
    assert line.against == LIMIT and line.ours is not None and 0 < line.ours < LIMIT and line.met
    assert "2,000 candidates" in line.size
