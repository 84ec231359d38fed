#!/usr/bin/env bash
# All that is measured on a GPU, in under four minutes: bash benchmarks/gpu.sh [PYTHON]
# Needs params.yaml, and for the lines on accuracy data/prepared of density and chi (`dvc repro`).
# Leaves gpu.json, gpu-chi.json, gpu-accuracy.json (python -m benchmarks --report FILE --markdown shows one) and
# gpu-profile.txt in $OUT, by default reports/. A part that fails or is late leaves the others.
set -u
cd "$(dirname "$0")/.."
python=${1:-python3} out=${OUT:-reports}
export PYTHONPATH=src:.${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
mkdir -p "$out"
part() { # seconds, name
  timeout "$1" "$python" -m benchmarks --only "$2" --report "$out/$2.json" || echo "gpu.sh: $2 failed or took over $1 s" >&2
}
part 70 gpu
part 40 gpu-chi
part 80 gpu-accuracy
timeout 40 "$python" -m benchmarks.gpu_profile > "$out/gpu-profile.txt" || echo "gpu.sh: no profile" >&2
cat "$out/gpu-profile.txt"
