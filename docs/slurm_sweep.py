"""`simworth run` on workers that SLURM gives: python docs/slurm_sweep.py --jobs 20 [--gpu]. Needs dask-jobqueue."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from dask_jobqueue import SLURMCluster


def main() -> int:
    """Ask for the jobs, run the pipeline on whichever of them start, give them back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20, help="SLURM jobs, each of 16 workers, or of one GPU")
    parser.add_argument("--gpu", action="store_true", help="one worker per job, with a GPU")
    parser.add_argument("--walltime", default="04:00:00")
    given = parser.parse_args()
    processes = 1 if given.gpu else 16
    cluster = SLURMCluster(
        cores=processes,  # one thread each
        processes=processes,
        memory=f"{4 * processes}GB",
        walltime=given.walltime,
        job_extra_directives=["--gres=gpu:1"] if given.gpu else [],
        worker_extra_args=["--resources", "GPU=1"] if given.gpu else [],
    )
    with cluster:
        cluster.scale(jobs=given.jobs)
        told = {"SIMWORTH_DASK_SCHEDULER": cluster.scheduler_address}
        if given.gpu:
            told |= {"SIMWORTH_DASK_RESOURCES": "GPU=1", "SIMWORTH_DEVICE": "cuda"}
        return subprocess.run([sys.executable, "-m", "simworth", "run"], env=os.environ | told, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
