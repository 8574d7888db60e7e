#!/usr/bin/env bash
# Install what the locks name, and this tree without resolving anything. Every file that is fetched must have a hash of the lock.
# usage: scripts/install.sh PYTHON run|panel|test|freeze [gpu]
#        scripts/install.sh PYTHON tools
# gpu: as flowsep-plugin-gpu[cuda], with the CUDA build of ONNX Runtime and CUDA's libraries; for Linux and Windows on x86-64.
# TORCH_INDEX names a package index that has torch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$1
what=$2
variant=${3:-cpu}
PATH="$(cd "$(dirname "$python")" && pwd):$PATH" # build backends call programs that build.txt installs

pip() { "$python" -m pip --disable-pip-version-check "$@"; }

# No resolving: the lock is complete. No isolated builds: a distribution without a wheel here is built with what build.txt has.
locked() { pip install --quiet --require-hashes --no-deps --no-build-isolation "$@"; }

wants_cuda() {
  "$python" -c 'import importlib.metadata as m, sys; sys.exit(not any("cuda" in line for line in m.requires("torch")))'
}

# A build without CUDA where pip finds one ($TORCH_INDEX, or its own configuration), else that of PyPI.
install_torch() {
  local log
  log=$(mktemp)
  if locked ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} -r locks/torch-cpu.txt 2>"$log"; then
    rm "$log"
    return
  fi
  if ! grep -q "No matching distribution" "$log"; then
    cat "$log" >&2
    echo "If pip reports a wrong hash, that build of torch is not listed in locks/torch-cpu.txt. If you trust the index" >&2
    echo "that it is from, add what that lists:  make lock TORCH_INDEX=URL" >&2
    exit 1
  fi
  rm "$log"
  locked ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} -r locks/torch.txt
  if wants_cuda; then locked -r locks/cuda.txt; fi
}

installed_of() {
  "$python" -c 'import importlib.metadata as m, sys
print(*sorted({d.name for d in m.distributions()} & set(sys.argv[1:])))' "$@"
}

# Two ONNX Runtimes write one folder, and so do both distributions of this tree: what is not WANTED goes first, and takes
# files of what is wanted along, so that goes too.
leave_only() { # WANTED OTHER…
  local wanted=$1 others
  shift
  others=$(installed_of "$@")
  if [ -n "$others" ]; then
    echo "Removing $others: $wanted has the same files."
    # shellcheck disable=SC2046,SC2086  # names without spaces
    pip uninstall --quiet --yes $others $(installed_of "$wanted")
  fi
}

# The lock $1, without the ONNX Runtime that gpu.txt replaces.
without_cpu_runtime() {
  awk '/^[^ #]/ { skip = /^onnxruntime==/ } !skip' "$1"
}

install_lock() {
  if [ "$variant" = cpu ]; then
    leave_only onnxruntime onnxruntime-gpu onnxruntime-directml onnxruntime-windowsml
    leave_only flowsep-plugin flowsep-plugin-gpu
    locked -r "locks/$1.txt"
    return
  fi
  leave_only onnxruntime-gpu onnxruntime onnxruntime-directml onnxruntime-windowsml
  leave_only flowsep-plugin-gpu flowsep-plugin
  mkdir -p build
  without_cpu_runtime "locks/$1.txt" >"build/$1-gpu.txt"
  locked -r "build/$1-gpu.txt"
  locked -r locks/gpu.txt
}

install_tree() {
  local tree=.
  if [ "$variant" = gpu ]; then
    tree=build/gpu
    "$python" -m scripts.release.gpu "$tree"
  fi
  pip install --quiet --no-deps --no-build-isolation -e "$tree"
}

case $what-$variant in
tools-cpu)
  locked -r locks/tools.txt
  exit
  ;;
run-cpu | panel-cpu | test-cpu | freeze-cpu | run-gpu | panel-gpu | test-gpu | freeze-gpu) ;;
*)
  echo "usage: scripts/install.sh PYTHON run|panel|test|freeze|tools [gpu]" >&2
  exit 2
  ;;
esac

locked -r locks/build.txt
case $what in
freeze) install_lock panel && locked -r locks/freeze.txt ;;
*) install_lock "$what" ;;
esac
if [ "$what" = test ]; then install_torch; fi
install_tree
pip check
