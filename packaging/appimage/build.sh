#!/usr/bin/env bash
# Make an AppDir of the frozen folder, and an AppImage of it where appimagetool is at hand.
# usage: packaging/appimage/build.sh FOLDER OUT
#   APPIMAGETOOL      path of appimagetool; without it the AppDir is made and nothing is fetched
#   APPIMAGE_RUNTIME  path of the runtime that goes in front of the image; without it appimagetool fetches one
set -euo pipefail
folder=$1
out=$2
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
image=$("$python" -c "import sys; sys.path.insert(0, '$packaging')
from fill import artefacts
from package_facts import read_facts
print(artefacts(read_facts())['appimage'])")
appdir="$out/FlowSep.AppDir"

rm -rf "$appdir"
bash "$packaging/linux_tree.sh" "$folder" "$appdir"
install -m755 "$packaging/appimage/AppRun" "$appdir/AppRun"
cp "$appdir/usr/share/applications/flowsep.desktop" "$appdir/flowsep.desktop"
cp "$appdir/usr/share/icons/hicolor/scalable/apps/flowsep.svg" "$appdir/flowsep.svg"
ln -s flowsep.svg "$appdir/.DirIcon"
echo "AppDir: $appdir"

if [ -z "${APPIMAGETOOL:-}" ]; then
  echo "No AppImage: set APPIMAGETOOL to the path of appimagetool. The AppDir runs as it is: $appdir/AppRun"
  exit 0
fi
ARCH=x86_64 "$APPIMAGETOOL" ${APPIMAGE_RUNTIME:+--runtime-file "$APPIMAGE_RUNTIME"} --no-appstream "$appdir" "$out/$image"
echo "AppImage: $out/$image"
