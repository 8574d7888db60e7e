"""Gain, fades, channels and other audio features of FCPXML clips."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference, DifferenceKind
from flowsep_plugin.timeline.formats.gain_points import GainPoint, curve_of, linear_gain, simplest, with_gain
from flowsep_plugin.timeline.formats.xml_text import Element, children
from flowsep_plugin.timeline.numbers import frames

from .times import decibels_of, seconds_of

_ADJUSTMENTS: Final[dict[str, tuple[DifferenceKind, str]]] = {
    "adjust-panner": ("pan", "Pan"), "adjust-loudness": ("effect", "Loudness"),
    "adjust-noiseReduction": ("effect", "Noise Removal"), "adjust-humReduction": ("effect", "Hum Removal"),
    "adjust-EQ": ("effect", "EQ"), "adjust-matchEQ": ("effect", "Match EQ"),
    "adjust-voiceIsolation": ("effect", "Voice Isolation"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Place of a clip: `at` on the timeline, where its own time is `start`; both in seconds."""

    at: Fraction
    start: Fraction


def with_features(clip: ClipRef, element: Element, local: LocalTime) -> ClipRef:
    """Return the clip with gain, fades, mute, obstacle and differences of its element."""
    clip = replace(
        clip,
        muted=clip.muted or element.get("enabled") == "0" or element.get("srcEnable") == "video",
        obstacle=clip.obstacle or retiming(element),
        differences=(*clip.differences, *_differences(element)),
    )
    return _with_volume(clip, element, local)


def retiming(element: Element) -> str | None:
    """Return the obstacle of a clip that does not play at its own speed; None for any other."""
    points = element.findall("timeMap/timept")
    if any(seconds_of(point.get("time")) != seconds_of(point.get("value")) for point in points):
        return "is retimed; render it first"
    return None


def channels_of(element: Element, width: int | None) -> tuple[int, ...] | None:
    """Return the channels of its file that a clip plays; None for all of them. width : channels of the file."""
    sources = element.findall("audio-channel-source")
    own = element.get("srcCh")
    audible = [s.get("srcCh") or "" for s in sources if s.get("enabled") != "0" and s.get("active") != "0"]
    texts = audible if sources else [own] if own else []
    channels = tuple(
        dict.fromkeys(int(word) - 1 for text in texts for word in text.replace(",", " ").split() if word.isdigit())
    )
    if not channels or min(channels) < 0 or channels == tuple(range(width or len(channels))):
        return None
    return channels


def is_silent(element: Element) -> bool:
    """Return whether all channels of a clip are off."""
    sources = element.findall("audio-channel-source")
    return bool(sources) and all(s.get("enabled") == "0" or s.get("active") == "0" for s in sources)


def _with_volume(clip: ClipRef, element: Element, local: LocalTime) -> ClipRef:
    sources = element.findall("audio-channel-source")
    volumes = [element.find("adjust-volume"), *([sources[0].find("adjust-volume")] if len(sources) == 1 else [])]
    for volume in volumes:
        if volume is None:
            continue
        gain, curve = linear_gain(decibels_of(volume.get("amount"))), None
        for param in volume.findall("param"):
            if param.get("name") not in (None, "amount"):
                continue
            clip = _with_fades(clip, param)
            points = list(_points(param, clip.place.rate, local))
            if any(key.get("interp", "linear") != "linear" for key in param.iterfind("keyframeAnimation/keyframe")):
                clip = replace(clip, differences=(*clip.differences, Difference("automation", "Volume, curved")))
            if points:
                gain, curve = simplest(1.0, curve_of(sorted(points, key=lambda point: point[0]), linear_gain))
        clip = with_gain(clip, gain, curve)
    return clip


def _points(param: Element, rate: int, local: LocalTime) -> Iterator[GainPoint]:
    for key in param.iterfind("keyframeAnimation/keyframe"):
        frame = (seconds_of(key.get("time")) - local.start) * rate
        yield frame, decibels_of(key.get("value")), key.get("interp") == "hold"


def _with_fades(clip: ClipRef, param: Element) -> ClipRef:
    fade_in, fade_out = (
        frames(seconds_of(fade.get("duration")), clip.place.rate) if (fade := param.find(tag)) is not None else 0
        for tag in ("fadeIn", "fadeOut")
    )
    return replace(clip, fade_in=max(clip.fade_in, fade_in), fade_out=max(clip.fade_out, fade_out))


def _differences(element: Element) -> Iterator[Difference]:
    """Yield what a clip's element, and those of its channels, do to the sound besides volume and fades."""
    sources = element.findall("audio-channel-source")
    for part in (element, *(source for source in sources if source.get("enabled") != "0")):
        for child in children(part):
            if child.tag in _ADJUSTMENTS and _is_active(child):
                kind, name = _ADJUSTMENTS[child.tag]
                yield Difference(kind, child.get("mode") or name if kind == "pan" else name)
            elif child.tag == "filter-audio" and child.get("enabled") != "0":
                yield Difference("effect", child.get("name") or "")
            elif child.tag == "mute":
                yield Difference("automation", "Mute")
    if len(sources) > 1 and any(source.find("adjust-volume") is not None for source in sources):
        yield Difference("automation", "Volume of channels")
    if any(role.get("enabled") == "0" or children(role) for role in element.findall("audio-role-source")):
        yield Difference("routing", "Roles")
    conform = element.find("conform-rate")
    if conform is not None and conform.get("scaleEnabled", "1") != "0" and conform.get("srcFrameRate"):
        yield Difference("play rate", f"conform from {conform.get('srcFrameRate')}")


def _is_active(adjustment: Element) -> bool:
    if adjustment.get("enabled") == "0":
        return False
    match adjustment.tag:
        case "adjust-EQ":
            return adjustment.get("mode") not in (None, "flat")
        case "adjust-panner":
            is_moved = adjustment.get("amount", "0").strip("0.+-") != ""
            return is_moved or len(adjustment) > 0 or adjustment.get("surround_mix") is not None
    return True
