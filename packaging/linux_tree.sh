#!/usr/bin/env bash
# Lay the frozen folder out as Linux expects it: usr/lib/flowsep, a command, a menu entry, an icon, AppStream's description.
# usage: packaging/linux_tree.sh FOLDER TREE      (FOLDER: what PyInstaller made; PYTHON reads pyproject.toml)
set -euo pipefail
folder=$1
tree=$2
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
identifier=$("$python" -c "import sys; sys.path.insert(0, '$packaging'); import package_facts; print(package_facts.IDENTIFIER)")

[ -x "$folder/flowsep" ] || { echo "$folder has no program flowsep: pyinstaller packaging/flowsep.spec makes it" >&2; exit 2; }
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
"$python" "$packaging/fill.py" "$filled" >/dev/null

mkdir -p "$tree/usr/lib" "$tree/usr/bin"
cp -a "$folder" "$tree/usr/lib/flowsep"
ln -s ../lib/flowsep/flowsep "$tree/usr/bin/flowsep"
install -Dm644 "$packaging/../ui/data/flowsep.svg" "$tree/usr/share/icons/hicolor/scalable/apps/flowsep.svg"
install -Dm644 "$folder/_internal/flowsep-1024.png" "$tree/usr/share/icons/hicolor/1024x1024/apps/flowsep.png"
install -Dm644 "$filled/linux/$identifier.metainfo.xml" "$tree/usr/share/metainfo/$identifier.metainfo.xml"
install -Dm644 "$packaging/../LICENSE" "$tree/usr/share/doc/flowsep/copyright"
mkdir -p "$tree/usr/share/applications"
PYTHONPATH="$packaging/.." "$python" -c 'from flowsep_plugin.hosts.desktop import entry_text; print(entry_text(["flowsep"]), end="")' \
  >"$tree/usr/share/applications/flowsep.desktop"
