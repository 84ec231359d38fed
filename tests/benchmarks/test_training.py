"""Ours and the plain loop do the same work, the check of that can fail, and the lines come out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import gpu, gpu_profile, gpu_variants, plain, same, training
from benchmarks.case import Case
from benchmarks.engine import train_models
from benchmarks.gpu import GpuLoad, gpu_lines
from benchmarks.gpu_chi import ChiLoad, chi_lines
from benchmarks.plain import plain_loop
from benchmarks.same import WorkDiffers, check_training, compare
from benchmarks.training import Load, flops_line, product_rate, training_lines
from benchmarks.workers import workers


def test_ours_and_the_plain_loop_do_the_same(case: Case) -> None:
    check_training(case, 3)


def test_every_model_is_a_model_of_its_own(case: Case) -> None:
    found = train_models(case, range(3), 1)
    assert len(np.unique(found.loss)) == 3
    with pytest.raises(WorkDiffers, match="weights lie"):
        compare(case, 0, found, plain_loop(case, 1, 1))


def test_all_epochs_are_run(case: Case) -> None:
    np.testing.assert_array_equal(train_models(case, range(2), 3).epochs, [3, 3])


@pytest.mark.parametrize("rate", [0.99e-3, 1.1e-3])
def test_another_learning_rate_is_noticed(case: Case, rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LEARNING_RATE", rate)
    with pytest.raises(WorkDiffers):
        check_training(case, 1)


def test_another_order_is_noticed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = plain_loop(case, 0, 1)
    monkeypatch.setattr(Case, "shuffles", lambda self, model: np.random.default_rng(99))
    with pytest.raises(WorkDiffers):
        compare(case, 0, train_models(case, [0], 1), theirs)


def test_fewer_rows_are_noticed(case: Case) -> None:
    with pytest.raises(WorkDiffers):
        compare(case, 0, train_models(replace(case, rows=69, checked=21), [0], 1), plain_loop(case, 0, 1))


def test_a_loss_of_its_own_is_noticed(case: Case) -> None:
    ours, theirs = train_models(case, [0], 1), plain_loop(case, 0, 1)
    with pytest.raises(WorkDiffers, match="validation loss"):
        compare(case, 0, ours, replace(theirs, loss=1.01 * theirs.loss))


def test_useful_operations_are_those_that_torch_counts(case: Case) -> None:
    with FlopCounterMode(display=False) as counter:
        plain_loop(case, 0, 2)
    validation = 2 * case.checked * sum(a * b for a, b in pairwise(case.widths))
    assert 2 * (case.product_flops + validation) == counter.get_total_flops()
    assert case.step_flops - case.product_flops == case.steps * 13 * case.parameters


def test_parameters(case: Case) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(12, 32), torch.nn.Linear(32, 16), torch.nn.Linear(16, 1))
    assert case.parameters == sum(one.numel() for one in network.parameters())


@pytest.mark.usefixtures("workers_here")
def test_training_lines(load: Load) -> None:
    one, two, rounded = training_lines(load)
    assert one.unit == two.unit == "model-steps/s"
    assert one.ours == two.ours
    assert (one.target, two.target, rounded.target) == (2.5, 1.5, 4.0)
    assert one.ours and one.against and one.ratio == one.ours / one.against
    assert "12-32-16-1" in one.size
    assert (rounded.ratio is None) == bool(rounded.reason)


@pytest.mark.usefixtures("workers_here")
def test_work_that_differs_is_not_timed(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LEARNING_RATE", 2e-3)
    monkeypatch.setattr(training, "interleaved", lambda *_: pytest.fail("was timed"))
    with pytest.raises(WorkDiffers):
        training_lines(load)


@pytest.mark.usefixtures("workers_here")
def test_rates_count_every_step(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.workers import Workers

    monkeypatch.setattr(Workers, "together", lambda self, work: 0.5)
    with training.workers(2) as pair:
        assert training._ours(load, pair, "float32") == 2 * 3 * 2 * 5 / 0.5
        assert training._two_loops(load, pair) == 2 * 2 * 5 / 0.5


@pytest.mark.usefixtures("workers_here")
def test_without_a_rounded_path_the_line_says_so(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "PRECISIONS", ("float32",))
    assert training_lines(load)[2].reason == "the training core offers no bf16 path"


@pytest.mark.usefixtures("workers_here")
def test_a_rounded_path_that_does_not_learn_is_not_timed(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def astray(*_: object) -> None:
        raise WorkDiffers("training in bf16: astray")

    monkeypatch.setattr(training, "PRECISIONS", ("float32", "bf16"))
    monkeypatch.setattr(training, "flags", lambda: ["avx512_bf16"])
    monkeypatch.setattr(training, "check_rounded", astray)
    assert training_lines(load)[2].reason == "training in bf16: astray"


def test_a_rounded_loss_may_differ_a_little(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = train_models(case, range(2), 1)

    def rounded(case: Case, models: range, epochs: int, precision: str) -> object:
        return replace(exact, loss=exact.loss * {"float32": 1.0, "bf16": 1.05, "worse": 1.2}[precision])

    monkeypatch.setattr(same, "train_models", rounded)
    same.check_rounded(case, 2, "bf16")
    with pytest.raises(WorkDiffers, match="training in worse"):
        same.check_rounded(case, 2, "worse")


@pytest.mark.usefixtures("workers_here")
def test_flops_line(load: Load) -> None:
    line = flops_line(load)
    assert line.ours and line.against and line.unit == "GFLOP/s"
    assert line.target == 0.6


def test_the_large_product_is_counted() -> None:
    assert product_rate(64, 1e-4) > 0


def test_without_a_gpu_there_are_no_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    lines = gpu_lines(GpuLoad())
    assert [line.reason for line in lines] == ["no CUDA device on this machine"] * 2
    assert [line.target for line in lines] == [150.0, 0.5]


def test_gpu_lines_on_the_processor(case: Case) -> None:
    """The same code, where there is no GPU."""
    loop, bound = gpu_lines(GpuLoad(case, 3, 1, 1, 2, copied=2**12, device="cpu"))
    assert loop.ours and bound.ours and loop.ratio and bound.ratio
    assert "GB/s" in bound.note


def test_the_chi_network_does_what_a_plain_one_does() -> None:
    (line,) = chi_lines(ChiLoad(models=3, columns=20, materials=12, pairs=70, rounds=2, device="cpu"))
    assert line.ours and line.against and line.spread


def test_the_profile_names_what_takes_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    gpu_profile.main("cpu", 1, ChiLoad(models=2, columns=20, materials=12, pairs=70, device="cpu"))
    assert "aten::baddbmm" in capsys.readouterr().out


@pytest.mark.soak
def test_the_variants_of_a_step(case: Case) -> None:
    """Each of its own rate, on the processor too; one that fails leaves the others."""
    told: list[str] = []
    some = [gpu_variants.Variant("whole", 3), gpu_variants.Variant("gather", 3, only="gather")]
    some += [gpu_variants.Variant("forward", 3, only="predict"), gpu_variants.Variant("bf16", 3, bf16=True)]
    broken = gpu_variants.Variant("none", 3, batch=0)
    gpu_variants.main(gpu_variants.Bench(case, 1, 1, "cpu", [broken, *some]), told.append)
    assert told[0].startswith("expected: ") and "none" in told[1] and "failed" in told[1]
    assert all("model-steps/s" in line for line in told[2:]) and len(told) == 6


def test_a_device_that_the_core_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "DEVICES", ("cpu",))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gpu_lines(GpuLoad())[0].reason == "the training core does not run on cuda"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_ours_does_the_same_on_a_gpu(case: Case) -> None:
    if "cuda" not in gpu.DEVICES:
        pytest.skip("the training core does not run on cuda")
    check_training(case, 3, "cuda")


def test_workers_are_processes_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with workers(1) as one:
        assert one.call(os.getpid) != os.getpid()
        assert one.call(os.getenv, "OMP_NUM_THREADS") is None
        assert one.together([(os.getpid, ())]) > 0
    assert os.environ["OMP_NUM_THREADS"] == "1"
