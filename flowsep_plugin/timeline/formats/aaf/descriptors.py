"""Essence descriptors of an AAF: rate, channels and length of a sound."""

import struct
from fractions import Fraction
from typing import Any, Final

from .objects import items, prop, rational

_LEAST_AUDIO_RATE: Final = 8000


def sound_format(descriptor: Any) -> tuple[int | None, int | None, int | None]:
    """Return rate, channels and frames of the sound that a descriptor describes; None for what it does not say."""
    parts = [part for part in items(descriptor, "FileDescriptors") if prop(part, "AudioSamplingRate") is not None]
    descriptor = parts[0] if parts else descriptor
    units = _rate(prop(descriptor, "SampleRate"))
    rate = _rate(prop(descriptor, "AudioSamplingRate")) or units
    head_rate, head_channels = _summary(bytes(prop(descriptor, "Summary") or b""))
    if head_rate:  # Resolve counts a file's length at the session's rate, others in picture frames
        rate = Fraction(head_rate)
    if rate is None or rate < _LEAST_AUDIO_RATE or rate.denominator != 1:
        return None, None, None
    channels = int(prop(descriptor, "Channels") or 0)
    length = int(prop(descriptor, "Length") or 0) if units == rate else 0
    return int(rate), channels or head_channels, length or None


def _rate(value: Any) -> Fraction | None:
    try:
        return rational(value) or None
    except ValueError:
        return None


def _summary(head: bytes) -> tuple[int | None, int | None]:
    """Return rate and channels of a copy of the head of a WAV or AIFF file; None where it is cut off."""
    at = head.find(b"fmt ")
    if head[8:12] == b"WAVE" and at >= 0 and len(head) >= at + 16:
        channels, rate = struct.unpack_from("<HI", head, at + 10)
        return rate or None, channels or None
    at = head.find(b"COMM")
    if head[:4] == b"FORM" and at >= 0 and len(head) >= at + 10:
        return None, struct.unpack_from(">H", head, at + 8)[0] or None
    return None, None
