#!/usr/bin/env bash
# See that the system has what wheels and tests load, and install it where that can be done; else say the line that does.
# usage: scripts/system.sh run|test      ("run": to separate; "test": to run everything, the panel included)
set -euo pipefail
what=${1:-run}
[ "$(uname -s)" = Linux ] || exit 0

# soname:Debian package. libatomic: pedalboard; libstdc++: ONNX Runtime; the rest: Qt without a screen, and MIDI.
libraries=(libatomic.so.1:libatomic1 libstdc++.so.6:libstdc++6)
if [ "$what" = test ]; then
  libraries+=(
    libEGL.so.1:libegl1 libGL.so.1:libgl1 libxkbcommon.so.0:libxkbcommon0 libdbus-1.so.3:libdbus-1-3
    libfontconfig.so.1:libfontconfig1 libglib-2.0.so.0:libglib2.0-0 libasound.so.2:libasound2
  )
fi

missing=()
if ! command -v python3 >/dev/null; then
  missing=(python3 python3-venv)
  for library in "${libraries[@]}"; do missing+=("${library##*:}"); done
else
  for library in "${libraries[@]}"; do
    python3 -c "import ctypes; ctypes.CDLL('${library%%:*}')" 2>/dev/null || missing+=("${library##*:}")
  done
fi
if [ "$what" = test ] && [ -z "$(find /usr/share/fonts /usr/local/share/fonts ~/.local/share/fonts -name '*.[to]tf' -print -quit 2>/dev/null)" ]; then
  missing+=(fonts-dejavu-core)
fi
if [ "$what" = test ] && ! command -v strace >/dev/null; then
  missing+=(strace)  # tests/project/test_privacy.py watches what a separation opens and whom it talks to
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq </dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
else
  echo "The system lacks ${missing[*]}. Install with:  sudo apt-get install -y ${missing[*]}" >&2
  exit 1
fi
