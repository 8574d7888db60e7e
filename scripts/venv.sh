#!/usr/bin/env bash
# Make a virtual environment with a Python that is new enough, or say in one line what is missing.
# usage: scripts/venv.sh FOLDER      (PYTHON names the interpreter to use)
set -euo pipefail
folder=$1

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    if new_enough "$name"; then
      command -v "$name"
      return
    fi
  done
  local found
  found=$(${PYTHON:-python3} --version 2>&1 || true)
  {
    echo "flowsep needs Python 3.11 or newer; here is: ${found:-none}."
    if [ "$(uname -s)" = Darwin ]; then
      echo "Install it with:  brew install python@3.13      (or from https://www.python.org/downloads/)"
    else
      echo "Install it with:  sudo apt-get install -y python3 python3-venv      (Debian 12 or newer, Ubuntu 24.04 or newer)"
    fi
    echo "or name one:      make PYTHON=/path/to/python3.13 …"
  } >&2
  exit 1
}

python=$(find_python)
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then # Debian and Ubuntu ship these apart
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq </dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" </dev/null
  else
    echo "$python cannot make virtual environments. Mend it with:  sudo apt-get install -y $package" >&2
    exit 1
  fi
fi
"$python" -m venv "$folder"
"$folder/bin/python" --version
