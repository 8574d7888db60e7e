"""Sample-rate conversion block by block, without delay and with the length of the conversion of the whole."""

import numpy as np
import soxr

from flowsep_plugin.audio.resample import resampled_frames
from flowsep_plugin.audio.types import Samples


class BlockResampler:
    """Converts blocks of `frames` frames in all from `old` to `new` Hz; the output has ceil(frames * new / old)."""

    def __init__(self, *, old: int, new: int, channels: int, frames: int) -> None:
        self.frames = resampled_frames(frames, old, new)
        self._stream = soxr.ResampleStream(old, new, channels, dtype="float32", quality="HQ")
        self._left, self._unread = self.frames, frames

    def convert(self, block: Samples) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n); with the last one, all others."""
        self._unread -= block.shape[1]
        is_last = self._unread <= 0
        output = self._stream.resample_chunk(np.ascontiguousarray(block.T, np.float32), last=is_last).T
        output = output[:, : self._left]
        if is_last:  # soxr rounds to the nearest length
            output = np.pad(output, ((0, 0), (0, self._left - output.shape[1])))
        self._left -= output.shape[1]
        return np.ascontiguousarray(output)
