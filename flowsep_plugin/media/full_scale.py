"""Whether audio passes full scale, ±1: what floats and lossy codecs can hold, and files of integers cannot."""

from typing import Final

import numpy as np

from flowsep_plugin.audio.span import Span

from .channel_selection import ChannelSelection
from .source import MediaSource

_BLOCK: Final = 1 << 16
_INTEGERS: Final = ("PCM_", "ULAW", "ALAW", "ALAC", "DPCM", "DWVW")
"""First letters of the subtypes whose samples are within full scale, which need no reading."""


def passes_full_scale(source: MediaSource | ChannelSelection, span: Span) -> bool:
    """Return whether a sample of `span` (in frames of `source`) is above 1 or below -1; integers are not read.

    Raises MediaError where the file is damaged.
    """
    if source.info.subtype.startswith(_INTEGERS):
        return False
    blocks = range(span.start, span.stop, _BLOCK)
    return any(bool(np.any(np.abs(source.read(at, min(at + _BLOCK, span.stop))) > 1)) for at in blocks)
