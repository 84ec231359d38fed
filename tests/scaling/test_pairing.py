"""What pairing is worth, on trials whose common part is planted."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import fit_many, fit_power_law
from simworth.scaling.pairing import Pairing, worth_of_pairing

N = np.geomspace(100, 70_000, 10)
LAW = 0.7 * N**-0.3 + 0.05
NOISE = 0.1


def planted(trials: int, common: float, seed: int, curves: int = 1) -> np.ndarray:
    """(curves, trials, k) errors; `common` is the share of a trial's variance that it has at every n alike."""
    rng = np.random.default_rng(seed)
    level, each = rng.normal(size=(curves, trials, 1)), rng.normal(size=(curves, trials, len(N)))
    made: np.ndarray = LAW * (1 + NOISE * (np.sqrt(common) * level + np.sqrt(1 - common) * each))
    return made


def worth(errors: np.ndarray, n: np.ndarray = N, draws: int = 100) -> Pairing:
    found = worth_of_pairing(n, errors, draws=draws)
    assert found is not None
    return found


@pytest.mark.parametrize(("common", "factor"), [(0.0, 1.0), (0.5, 2.0), (0.8, 5.0)])
def test_what_all_sizes_share_costs_nothing(common: float, factor: float) -> None:
    """The law scales with a common part, alpha does not: independent trials carry 1 / (1 - common) of the variance."""
    found = [worth(planted(400, common, seed)[0]).factor for seed in range(2)]
    assert np.mean(found) == pytest.approx(factor, rel=0.15)


def test_few_trials_do_not_overstate_what_pairing_is_worth() -> None:
    """With 100 trials one answer scatters by about 13 %, and the mean lies a little below the truth of 5, not above."""
    found = [worth(planted(100, 0.8, seed)[0]).factor for seed in range(8)]
    assert 0.75 * 5 < np.mean(found) < 1.1 * 5


def test_so_many_independent_trials_give_the_same_interval() -> None:
    """Checked on new trials, not on those drawn from."""
    found = worth(planted(60, 0.75, 1)[0])

    def width(errors: np.ndarray) -> float:
        low, high = fit_many(N, errors).interval("alpha")
        return float(np.mean(np.log(high / low)))

    paired = width(planted(60, 0.75, 2, curves=100))
    alone = planted(round(found.independent), 0.0, 3, curves=100)
    assert width(alone) == pytest.approx(paired, rel=0.15)
    assert width(planted(60, 0.0, 4, curves=100)) > 1.5 * paired


def test_fall_has_the_factor_of_its_variances() -> None:
    common, ends = 0.8, LAW[[0, -1]]
    expected = (ends**2).sum() / ((ends**2).sum() - 2 * common * ends.prod())
    assert worth(planted(1000, common, 5)[0], draws=4).fall == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("common", [0.0, 0.5, 0.8])
def test_correlation_is_the_common_share(common: float) -> None:
    found = worth(planted(1000, common, 10)[0], draws=4)
    assert found.correlation == pytest.approx(common, abs=0.05)
    assert found.even == pytest.approx(1 / (1 - common), rel=0.15)


def test_order_of_n_and_masked_trials_do_not_matter() -> None:
    errors = planted(30, 0.8, 6)[0]
    more = np.ma.masked_array(np.vstack([errors, errors[:1]]), mask=False)
    more[-1, 3] = np.ma.masked
    assert worth(more) == worth(errors)
    assert worth(errors[:, ::-1], N[::-1]) == worth(errors)


def test_materials_are_averaged_within_a_trial() -> None:
    errors = planted(30, 0.8, 7)[0]
    apart = errors[:, :, None] * np.array([0.5, 1.5])
    assert worth(apart).factor == pytest.approx(worth(errors).factor)


def test_a_flat_curve_bounds_no_alpha() -> None:
    flat = planted(30, 0.8, 8)[0] / LAW
    assert fit_power_law(N, flat).interval("alpha", over="trials") == (0.0, np.inf)
    assert np.isnan(worth(flat).factor)


def test_few_trials_say_nothing() -> None:
    assert worth_of_pairing(N, planted(4, 0.8, 9)[0]) is None
