#!/usr/bin/env bash
# All that is measured on a GPU, in some five minutes: bash benchmarks/gpu.sh [PYTHON [PREPARED [PART...]]]
# Needs params.yaml, and for accuracy and the study's size the prepared tasks density and chi (`dvc repro`).
# Parts: gpu variants study gpu-chi gpu-accuracy profile, all by default. Leaves PART.json of the three that are lines
# of the table (python -m benchmarks --report FILE --markdown shows one) and all that was said, gpu.txt, in $OUT, by
# default reports/. A part that fails or is late leaves the others.
set -u
cd "$(dirname "$0")/.."
python=${1:-python3} prepared=${2:-data/prepared} out=${OUT:-reports}
shift $(($# < 2 ? $# : 2))
export PYTHONPATH=src:.${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
mkdir -p "$out"
said=$(mktemp)
for part in ${*:-gpu variants study gpu-chi gpu-accuracy profile}; do
  case $part in
    gpu | gpu-chi) work=(60 benchmarks --only "$part" --report "$out/$part.json") ;;
    gpu-accuracy) work=(150 benchmarks --only "$part" --report "$out/$part.json" --prepared "$prepared") ;;
    study) work=(75 benchmarks.gpu_study "$prepared") ;;
    variants | profile) work=(60 "benchmarks.gpu_$part") ;;
    *) echo "gpu.sh: no part $part" >&2; continue ;;
  esac
  start=$SECONDS
  timeout "${work[0]}" "$python" -m "${work[@]:1}" > "$said" 2>&1
  code=$?
  { echo "== $part, $((SECONDS - start)) s, exit status $code"; cat "$said"; } >> "$out/gpu.txt"
  echo "== $part, $((SECONDS - start)) s, exit status $code (124: took over ${work[0]} s)"
  head -45 "$said" | cut -c1-150
  [ "$code" = 0 ] || tail -c 1000 "$said"
done
