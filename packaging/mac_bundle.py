"""Info.plist of FlowSep.app: which documents it opens, and what it asks of the system.

No NSMicrophoneUsageDescription: the panel plays and never records, so macOS has nothing to ask.
"""

from typing import Any, Final

from package_facts import AUTHORS

_AUDIO: Final = (
    "com.microsoft.waveform-audio", "public.aiff-audio", "public.mp3", "org.xiph.flac", "org.xiph.ogg-audio",
    "public.mpeg-4-audio",
)  # fmt: skip
_VIDEO: Final = ("public.mpeg-4", "com.apple.quicktime-movie", "org.matroska.mkv")
_SESSIONS: Final = ("rpp", "dawproject", "ardour", "fcpxml", "otio", "edl", "aaf")


def _documents(name: str, **kinds: Any) -> dict[str, Any]:
    return {"CFBundleTypeName": name, "CFBundleTypeRole": "Viewer", "LSHandlerRank": "Alternate", **kinds}


INFO_PLIST: Final[dict[str, Any]] = {
    "CFBundleDisplayName": "FlowSep",
    "CFBundleDocumentTypes": [
        _documents("Audio", LSItemContentTypes=list(_AUDIO)),
        _documents("Video", LSItemContentTypes=list(_VIDEO)),
        _documents("Session", CFBundleTypeExtensions=list(_SESSIONS)),
    ],
    "LSApplicationCategoryType": "public.app-category.music",
    "LSMinimumSystemVersion": "13.0",
    "NSHighResolutionCapable": True,
    "NSHumanReadableCopyright": f"{AUTHORS}, GPL-3.0-or-later",
    "NSPrincipalClass": "NSApplication",
}
