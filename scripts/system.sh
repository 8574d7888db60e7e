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

# Python 3.13 and later: python-rtmidi has no wheel and is built, against ALSA.
python=${PYTHON:-python3}
if [ "$what" = test ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
  [ -f /usr/include/alsa/asoundlib.h ] || missing+=(libasound2-dev)
  command -v pkg-config >/dev/null || missing+=(pkg-config)
  command -v g++ >/dev/null || missing+=(g++)
  "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
    missing+=(python3-dev)
fi

# What some tests load or run. Where it cannot be installed, those tests are skipped and tell so.
optional=()
if [ "$what" = test ]; then
  command -v g++ >/dev/null || optional+=(g++)
  [ -d /usr/share/dpf ] || optional+=(dpf-source)  # plug-ins that fail on purpose are made with it
  [ -d /usr/lib/vst3/DragonflyRoomReverb.vst3 ] || optional+=(dragonfly-reverb-vst3)
  compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null || optional+=(libfaketime)
  # Readers of what we write for others: completion, scripts, menu entries, store pages, Homebrew's cask. scripts/hosts.sh adds Xvfb and ffmpeg.
  for reader in fish:fish shellcheck:shellcheck desktop-file-validate:desktop-file-utils appstreamcli:appstream ruby:ruby; do
    command -v "${reader%%:*}" >/dev/null || optional+=("${reader##*:}")
  done
fi
[ ${#missing[@]} -gt 0 ] || [ ${#optional[@]} -gt 0 ] || exit 0

can_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# Debian 12 has no VST3; the one of Debian 13 runs there too (libc6 >= 2.34). An apt of its own fetches it.
install_from_trixie() {
  local folder options
  folder=$(mktemp -d)
  mkdir -p "$folder/lists/partial" "$folder/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" >"$folder/trixie.list"
  options=(-qq -o "Dir::Etc::SourceList=$folder/trixie.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update </dev/null && (cd "$folder" && apt-get "${options[@]}" download "$1" </dev/null) &&
    install "$folder/$1"_*.deb
}

install_optional() {
  if apt-cache show "$1" >/dev/null 2>&1; then install "$1"; else install_from_trixie "$1"; fi
}

if [ ${#missing[@]} -gt 0 ]; then
  if ! can_install; then
    echo "The system lacks ${missing[*]}. Install with:  sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -qq </dev/null
  install "${missing[@]}"
fi
if [ ${#optional[@]} -gt 0 ]; then
  if can_install; then apt-get update -qq </dev/null || true; fi
  for package in "${optional[@]}"; do
    { can_install && install_optional "$package"; } || echo "Without $package some tests are skipped." >&2
  done
fi
