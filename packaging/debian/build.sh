#!/usr/bin/env bash
# Make a Debian package of the frozen folder; needs dpkg-deb.
# usage: packaging/debian/build.sh FOLDER OUT      (DEB_LEVEL: 0 is fast and large, 9 is slow and small)
set -euo pipefail
folder=$1
out=$2
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash "$packaging/linux_tree.sh" "$folder" "$work/tree"
"$python" "$packaging/fill.py" "$work/filled" >/dev/null
mkdir -p "$work/tree/DEBIAN" "$out"
size=$(du -sk "$work/tree/usr" | cut -f1)
sed "s/^Installed-Size: SIZE$/Installed-Size: $size/" "$work/filled/linux/control" >"$work/tree/DEBIAN/control"
chmod -R u+rwX,go+rX,go-w "$work/tree"
version=$(sed -n 's/^Version: //p' "$work/tree/DEBIAN/control")
dpkg-deb --root-owner-group -Zxz -z"${DEB_LEVEL:-6}" --build "$work/tree" "$out/flowsep_${version}_amd64.deb"
