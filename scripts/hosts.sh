#!/usr/bin/env bash
# Install the real programs that tests/hosts/real runs: DAWs, a screen for them, independent readers of our files.
# Where that cannot be done it says so and goes on: those tests then skip, each with its reason.
set -uo pipefail

programs=(
  ardour audacity                     # the hosts; Ardour 7.3 on Debian 12, 8.12 on Debian 13
  xvfb xauth openbox xdotool          # a screen, its windows, and a hand
  ffmpeg mediainfo                    # readers
  jackd2                              # MIDI ports without a sound card
  libportaudio2                       # the panel's sound
  # what PyQt6 loads under Xvfb
  libegl1 libgl1 libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
  libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1 libdbus-1-3 libfontconfig1
)

loud() {
  {
    echo "=================================================================================================="
    echo "REAL HOSTS: $1"
    echo "Tests that need them will be SKIPPED. On Debian 12 or 13:"
    echo "  sudo apt-get install --no-install-recommends ${programs[*]}"
    echo "=================================================================================================="
  } >&2
}

if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null; then
  loud "not installed, there is no apt-get here."
  exit 0
fi

wanted=()
for program in "${programs[@]}"; do
  dpkg-query -W -f '${Status}' "$program" 2>/dev/null | grep -q "ok installed" || wanted+=("$program")
done
[ ${#wanted[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  loud "not installed, this is not root: ${wanted[*]}"
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || loud "the lists of packages could not be fetched."
if ! apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null; then
  # One that this Debian does not have must not keep the others out.
  missing=()
  for program in "${wanted[@]}"; do
    apt-get install -y -qq --no-install-recommends "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} -eq 0 ] || loud "could not be installed: ${missing[*]}"
fi
exit 0
