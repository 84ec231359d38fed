"""Compute shards: blocks of trials learn from n simulations and m measurements, and are tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from simworth.config import IN_TURN
from simworth.learning.device import reproducible
from simworth.learning.stack import Stack
from simworth.learning.state import Saver
from simworth.learning.training import Examples, Schedule, Trained, predict, train
from simworth.learning.transforms import LabelTransform
from simworth.prepare.arrays import SideData
from simworth.sweep.held_out import validation_mask
from simworth.sweep.problem import Problem, TrialBlock
from simworth.sweep.samples import Samples, joined, samples_of
from simworth.sweep.several import kept_weights, part_labels, turns
from simworth.sweep.shards import Result, Shard
from simworth.sweep.tables import TrainedShard, result_of

_WEIGHTS, _PRETRAIN, _FINETUNE = range(3)
"""streams of a trial's randomness; the same at every n, so that curves are paired"""


TOGETHER: Final = {"cpu": 1, "cuda": 50}
"""device -> blocks that are trained as one where they can be"""
WIDTH: Final = {"cpu": None, "cuda": 500}
"""device -> models that train at once, the others wait for a slot; None: all"""


def compute(problem: Problem, shards: list[Shard]) -> list[Result]:
    """Results of shards that share learning and n, and so one pretraining; every m for every one of their blocks."""
    trials = sorted({trial for shard in shards for trial in shard.trials})
    return compute_on(problem, shards, TrialBlock.of(problem, trials))


@reproducible()
def compute_on(problem: Problem, shards: list[Shard], block: TrialBlock) -> list[Result]:
    """The same, on the sides of `block`, which holds the trials of the shards, in order."""
    flat = problem.network.layout.fresh(block.streams(_WEIGHTS), problem.threads).to(problem.inputs.device)
    n, blocks = shards[0].n, sorted({shard.block for shard in shards})
    done: dict[Shard, Result] = {}
    pretrained = _pretrain(problem, n, block, flat) if n and problem.task.learning != "multitask" else None
    for m in sorted({shard.m for shard in shards}):
        alike = [shard for shard in shards if shard.m == m]
        assert [shard.block for shard in alike] == blocks, "every m comes with every block"
        if problem.task.learning == "multitask":
            trained, labels = _multitask(problem, n, m, block, flat)
        else:
            trained, labels = _finetune(problem, m, block, flat, pretrained)
        done |= zip(alike, _tested(problem, alike, block, labels, trained, pretrained), strict=True)
    return [done[shard] for shard in shards]


def _pretrain(problem: Problem, n: int, block: TrialBlock, flat: torch.Tensor) -> Trained:
    given, source, chosen = problem.task.training, problem.data.source, block.source(n)
    rngs = block.streams(_PRETRAIN)
    if problem.task.source.releases != IN_TURN:
        learn, check, _ = _both(problem, source, chosen)
        return _trained(problem, flat, learn, check, given.learning_rate, n, rngs, annealed=True)
    ended = Trained(flat.clone(), np.zeros(len(flat), dtype=np.int64), np.full(len(flat), np.inf))
    for part, trials in turns(source, chosen, validation_mask(n, given.validation_fraction)):
        learn, check, _ = _both(problem, source, chosen[trials], part=part)
        own = [rngs[trial] for trial in trials]
        now = _trained(problem, ended.flat[torch.from_numpy(trials)], learn, check, given.learning_rate, n, own)
        ended.flat[torch.from_numpy(trials)] = now.flat
        ended.epochs[trials] += now.epochs
        ended.loss[trials] = now.loss
    return ended


def _finetune(
    problem: Problem, m: int, block: TrialBlock, fresh: torch.Tensor, pretrained: Trained | None
) -> tuple[Trained, LabelTransform]:
    """Fine-tune what was pretrained; where nothing was, learn directly from `fresh` (trials, size) weights."""
    learn, check, labels = _both(problem, problem.data.target, block.train(m))
    given, rngs = problem.task.training, block.streams(_FINETUNE)
    flat, frozen = (pretrained.flat, given.frozen) if pretrained else (fresh, 0)
    return _trained(problem, flat, learn, check, given.target_learning_rate, m, rngs, frozen=frozen), labels


def _multitask(
    problem: Problem, n: int, m: int, block: TrialBlock, flat: torch.Tensor
) -> tuple[Trained, LabelTransform]:
    """Learn simulations and measurements at once; direct learning sees measurements alone."""
    share = problem.task.training.simulated_weight if n else 0.0
    target = problem.data.target
    learn, check, labels = _both(problem, target, block.train(m), 1 - share, measured=True)
    parts = ([learn], [check])
    if n:
        source_learn, source_check, _ = _both(problem, problem.data.source, block.source(n), share, measured=False)
        parts = ([source_learn, learn], [source_check, check])
    learn, check = (joined(part) for part in parts)
    rate, rngs = problem.task.training.target_learning_rate, block.streams(_FINETUNE)
    return _trained(problem, flat, learn, check, rate, n + m, rngs), labels


def _both(
    problem: Problem,
    side: SideData,
    chosen: np.ndarray,
    share: float | None = None,
    measured: bool | None = None,
    part: int | None = None,
) -> tuple[Examples, Examples, LabelTransform]:
    """Training and validation examples of the `chosen` (trials, materials), or of one release of them, in the trial's
    order, and their labels' transform, fitted on them alone."""
    training = problem.task.training
    values = samples_of(side, chosen, part).lists(side.values)
    labels = LabelTransform.fit(values, training.output_steps, training.clip_output, problem.threads)
    several = 1 + len(problem.task.source.beside)
    of_parts = None
    if side.part is not None and several > 1:
        of_parts = part_labels(side, chosen, training, several, problem.threads)
    mask = validation_mask(chosen.shape[1], training.validation_fraction)
    learn, check = (
        samples_of(side, chosen[:, own], part)
        .examples(side, of_parts or labels, share, measured)
        .to(problem.inputs.device)
        for own in (~mask, mask)
    )
    return learn, check, labels


def _trained(
    problem: Problem,
    flat: torch.Tensor,
    learn: Examples,
    check: Examples,
    learning_rate: float,
    materials: int,
    rngs: list[np.random.Generator],
    *,
    frozen: int = 0,
    annealed: bool = False,
) -> Trained:
    given = problem.task.training
    bf16, batch = given.precision == "bf16", given.batch_of(materials)
    learning_rate *= (batch / given.batch_size) ** 0.5
    schedule = Schedule(learning_rate, given.weight_decay, batch, given.patience, given.max_epochs, bf16, frozen)
    if annealed and (epochs := given.annealed_epochs(materials)):
        schedule = replace(schedule, patience=epochs, max_epochs=epochs, annealed=True)
    width = WIDTH[flat.device.type]

    def run(saver: Saver | None = None) -> Trained:
        return train(problem.network, flat, problem.inputs, learn, check, schedule, rngs, width, problem.watch, saver)

    return problem.saved.training(run, flat.device) if problem.saved else run()


def _tested(
    problem: Problem,
    shards: list[Shard],
    block: TrialBlock,
    labels: LabelTransform,
    trained: Trained,
    pretrained: Trained | None,
) -> Iterator[Result]:
    """What the trained models say of their test sets, one result a shard."""
    target, network = problem.data.target, problem.network
    tested: Samples = samples_of(target, block.test())
    rows = torch.from_numpy(target.rows[tested.index]).to(problem.inputs.device)
    outputs = predict(Stack.of(network, trained.flat), problem.inputs, rows, ragged=tested.ragged)
    with np.errstate(invalid="ignore", over="ignore"):
        values, clipped = labels.inverse(outputs.double().cpu().numpy())
    wanted = shards[0].m == (problem.task.target.m or len(block.splits[0].train))  # others serve the surface alone
    weights: dict[str, np.ndarray] = {}
    if wanted:
        weights = kept_weights(problem.data, network.layout.unpack(trained.flat.cpu())) | labels.tensors()
    start = 0
    for shard in shards:
        part = slice(start, start + len(shard.trials))
        start = part.stop
        outcome = TrainedShard(
            shard,
            block.seeds[part],
            target,
            tested.of(part),
            values[part],
            int(np.count_nonzero(clipped[part] & tested.real[part])),
            trained.of(part),
            None if pretrained is None else pretrained.of(part),
        )
        yield result_of(outcome, {name: value[part] for name, value in weights.items()})
