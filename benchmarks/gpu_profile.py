"""`python -m benchmarks.gpu_profile`: which kernels a GPU's time goes to, as text; perceptron and chi network."""

from __future__ import annotations

import sys
from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile

from benchmarks.case import Case
from benchmarks.engine import step_seconds
from benchmarks.gpu import why_not
from benchmarks.gpu_chi import ChiLoad, ChiPass

_ROWS = 12


def main(device: str = "cuda", models: int = 500, load: ChiLoad | None = None) -> None:
    """Prints two tables; ends at once where there is no such device."""
    if why := why_not(device):
        sys.exit(f"benchmarks.gpu_profile: {why}")
    one = ChiPass(load or ChiLoad(models=models, device=device))
    works: dict[str, Callable[[], float]] = {
        f"perceptron, {models} models": lambda: step_seconds(Case(), range(models), 2, device),
        f"chi network, {models} models": one,
    }
    for name, work in works.items():
        work()
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device == "cuda" else [])]
        with profile(activities=activities) as found:
            work()
        print(f"== {name}")
        key = "cuda_time_total" if device == "cuda" else "cpu_time_total"
        print(found.key_averages().table(sort_by=key, row_limit=_ROWS, max_name_column_width=60))


if __name__ == "__main__":
    main()
