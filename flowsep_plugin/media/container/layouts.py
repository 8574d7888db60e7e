"""Channel layouts of libav as the speaker masks of WAV files, which count the same speakers in the same order."""

from typing import Any, Final

_SPEAKERS: Final = (
    "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR",
)  # fmt: skip


def speaker_mask(layout: Any) -> int | None:
    """Return `dwChannelMask` for a layout of more than two channels; None for mono, stereo and unknown speakers."""
    names = [channel.name for channel in layout.channels]
    if len(names) <= 2 or not set(names) <= set(_SPEAKERS):
        return None
    places = [_SPEAKERS.index(name) for name in names]
    return sum(1 << place for place in places) if places == sorted(set(places)) else None
