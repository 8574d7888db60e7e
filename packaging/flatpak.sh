#!/usr/bin/env bash
# Write the sources of the Flatpak, python-sources.json, for the Python of its runtime; asks PyPI, downloads no wheel to keep.
# usage: packaging/flatpak.sh OUT      (PYTHON needs pip 24 or newer)
set -euo pipefail
out=$1
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# --isolated: addresses of a mirror that pip is configured for are not those that others can fetch.
"$python" -m pip --isolated --disable-pip-version-check install --quiet --dry-run --ignore-installed --no-deps \
  --require-hashes --only-binary=:all: --target unused --implementation cp --python-version 3.12 \
  --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_34_x86_64 \
  --report "$report" -r "$packaging/../locks/panel.txt"
mkdir -p "$out"
"$python" "$packaging/flatpak_sources.py" "$report" "$packaging/../locks/panel.txt" "$out/python-sources.json"
