#!/usr/bin/env bash
# Sign FlowSep.app, pack it into a disk image, have Apple notarise it. Runs on macOS only; secrets come from the environment.
# usage: packaging/macos/dmg.sh dist/FlowSep.app OUT
#   MACOS_IDENTITY     "Developer ID Application: …" in a keychain that is unlocked; without it the image is not signed
#   NOTARY_PROFILE     name under which `xcrun notarytool store-credentials` saved the account; or instead of it
#   NOTARY_APPLE_ID, NOTARY_TEAM_ID, NOTARY_PASSWORD (a password for apps); without either the image is not notarised
set -euo pipefail
app=$1
out=$2
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ "$(uname -s)" = Darwin ] || { echo "codesign and hdiutil exist on macOS only" >&2; exit 2; }
image=$(python3 -c "import sys; sys.path.insert(0, '$packaging')
from fill import artefacts
from package_facts import read_facts
print(artefacts(read_facts())['dmg'])")
mkdir -p "$out"

sign() {
  codesign --force --timestamp --options runtime --sign "$MACOS_IDENTITY" "$@"
}

# From the inside out: every library and program has its own signature before the bundle is sealed.
sign_app() {
  find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    while IFS= read -r -d '' library; do sign "$library"; done
  find "$app/Contents" -type d -name '*.framework' -print0 |
    while IFS= read -r -d '' framework; do sign "$framework"; done
  sign --entitlements "$packaging/macos/entitlements.plist" "$app/Contents/MacOS/flowsep"
  sign --entitlements "$packaging/macos/entitlements.plist" "$app"
  codesign --verify --deep --strict --verbose=2 "$app"
}

pack() {
  local stage
  stage=$(mktemp -d)
  cp -R "$app" "$stage/"
  ln -s /Applications "$stage/Applications"
  hdiutil create -volname FlowSep -srcfolder "$stage" -fs HFS+ -format UDZO -ov "$out/$image"
  rm -rf "$stage"
}

notarise() {
  if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$out/$image" --wait --keychain-profile "$NOTARY_PROFILE"
  else
    xcrun notarytool submit "$out/$image" --wait \
      --apple-id "$NOTARY_APPLE_ID" --team-id "$NOTARY_TEAM_ID" --password "$NOTARY_PASSWORD"
  fi
  xcrun stapler staple "$out/$image"
  spctl --assess --type open --context context:primary-signature --verbose "$out/$image"
}

if [ -n "${MACOS_IDENTITY:-}" ]; then sign_app; else echo "Not signed: MACOS_IDENTITY is not set" >&2; fi
pack
if [ -n "${MACOS_IDENTITY:-}" ]; then sign "$out/$image"; fi
if [ -n "${MACOS_IDENTITY:-}" ] && [ -n "${NOTARY_PROFILE:-}${NOTARY_PASSWORD:-}" ]; then
  notarise
else
  echo "Not notarised: Gatekeeper will warn of $out/$image" >&2
fi
