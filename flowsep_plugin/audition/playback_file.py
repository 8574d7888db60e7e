"""An open audio file at the output's rate and channel count, whose frame 0 is position 0 of the transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from flowsep_plugin.audio.resample import common_block, resample, resampled_frames
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import open_media, with_channels

_MARGIN_FRAMES: Final = 2048
"""More than soxr's HQ filter looks to either side, so that a resampled piece equals that part of the resampled file."""

_FOLD_51: Final = np.array(
    [[1, 0, 0.7071, 0, 0.7071, 0], [0, 1, 0.7071, 0, 0, 0.7071]], np.float32
) / np.float32(2.4142)  # fmt: skip
"""L R C LFE Ls Rs to two channels by ITU-R BS.775, scaled to stay below full scale."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, and the frame of it (at its own rate) that sounds at position 0.

    channels : indices of the channels that sound, in that order; None for all of them.
    """

    path: Path
    start: int = 0
    channels: tuple[int, ...] | None = None


class PlaybackFile:
    """One open file, read at `rate` Hz in `width` channels; zeros beyond its end."""

    def __init__(self, piece: Piece, rate: int, width: int) -> None:
        self.piece, self.rate, self.width = piece, rate, width
        self.stamp = stamp_of(piece.path)
        self._file = open_media(piece.path)
        try:
            self._source = with_channels(self._file, piece.channels)
        except BaseException:
            self._file.close()
            raise

    @property
    def path(self) -> Path:
        """Path of the audio file."""
        return self.piece.path

    @property
    def frames(self) -> int:
        """Length from position 0 to the file's end, at `rate`."""
        return resampled_frames(max(0, self._source.frames - self.piece.start), self._source.rate, self.rate)

    def read(self, first: int, stop: int) -> Samples:
        """Return frames `[first, stop)` at `rate` as (width, stop - first) float32.

        Raises MediaError where the file is damaged.
        """
        old, new = common_block(self._source.rate, self.rate)
        if old == new:
            return fold(self._source.read(self.piece.start + first, self.piece.start + stop), self.width)
        margin = -(-_MARGIN_FRAMES // old)
        low, high = first // new - margin, -(-stop // new) + margin
        samples = self._source.read(self.piece.start + low * old, self.piece.start + high * old)
        resampled = resample(samples, self._source.rate, self.rate)
        return fold(resampled[:, first - low * new : stop - low * new], self.width)

    def is_current(self, piece: Piece) -> bool:
        """Whether opening `piece` again would read the same bytes."""
        return self.piece == piece and self.stamp == stamp_of(piece.path)

    def close(self) -> None:
        """Close the file; reading ends here."""
        self._file.close()


def pieces(sources: Mapping[str, Path | Piece], span: Span | None) -> dict[str, Piece]:
    """Return `sources` as pieces. A plain path "clip" starts with `span`, stems and rest with their first frame.

    Raises UsageError where "clip" is missing, or a name is not clip, rest or stem:NAME.
    """
    if "clip" not in sources:
        raise UsageError(f"nothing to play: the sources {', '.join(sources) or '(none)'} do not include 'clip'")
    for name in sources:
        if name not in ("clip", "rest") and not name.startswith("stem:"):
            raise UsageError(f"unknown source {name!r}; name it clip, rest or stem:NAME")
    start = span.start if span else 0
    return {
        name: source if isinstance(source, Piece) else Piece(Path(source), start if name == "clip" else 0)
        for name, source in sources.items()
    }


def fold(samples: Samples, width: int) -> Samples:
    """Convert (channels, n) to (width, n): mono to all channels, 5.1 by BS.775, else alternate channels averaged."""
    channels = samples.shape[0]
    if channels == width:
        return samples
    if channels == 1:
        return np.repeat(samples, width, axis=0)
    if channels == 6 and width == 2:
        return np.asarray(_FOLD_51 @ samples, np.float32)
    if channels < width:
        return np.concatenate([samples, np.zeros((width - channels, samples.shape[1]), np.float32)])
    return np.stack([samples[first::width].mean(axis=0, dtype=np.float32) for first in range(width)])


def stamp_of(path: Path) -> tuple[int, int, int]:
    """Return inode, size and modification time in ns, which differ once a file is rewritten; zeros if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)
