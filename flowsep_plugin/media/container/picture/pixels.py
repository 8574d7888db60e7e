"""Decoded video frames as pixels for a display: scaled, upright, with square pixels, in the colours of a screen."""

from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .hdr import HLG, PQ, to_screen

_HD_LINES: Final = 720
_UNSPECIFIED: Final = 2


class PixelConverter:
    """Converts decoded frames by one scaler, which is set up again only where size or format change."""

    def __init__(self) -> None:
        from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

        self._scaler = VideoReformatter()
        self._hd = Colorspace.ITU709
        self._smooth = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT  # otherwise greys are 3 codes green

    def fitted(self, frame: Any, stream: Any, width: int, height: int) -> tuple[int, int]:
        """Return the largest size within `width` x `height` with the proportions in which `frame` is shown."""
        wide, high = frame.width * _pixel_aspect(stream), Fraction(frame.height)
        if _quarter_turns(frame) % 2:
            wide, high = high, wide
        scale = min(width / wide, height / high)
        return max(1, min(width, round(wide * scale))), max(1, min(height, round(high * scale)))

    def pixels(self, frame: Any, stream: Any, width: int, height: int) -> NDArray[np.uint8]:
        """Return `frame`, upright, fitted into `width` x `height`, as (height, width, 4) of blue, green, red, 255."""
        wide, high = self.fitted(frame, stream, width, height)
        turns = _quarter_turns(frame)
        size = {"width": high, "height": wide} if turns % 2 else {"width": wide, "height": high}
        scaled = self._scaler.reformat(
            frame, format="bgra", **size, **self._colours(frame), interpolation=self._smooth, threads=1
        )
        pixels: NDArray[np.uint8] = np.asarray(scaled.to_ndarray(), np.uint8)
        if frame.color_trc in (PQ, HLG):
            pixels = to_screen(pixels, frame.color_trc)
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels

    def _colours(self, frame: Any) -> dict[str, Any]:
        """Return the scaler's colour arguments: HD that says nothing is BT.709."""
        if frame.colorspace == _UNSPECIFIED and frame.height >= _HD_LINES and not frame.format.is_rgb:
            return {"src_colorspace": self._hd}
        return {}


def _pixel_aspect(stream: Any) -> Fraction:
    """Return width by height of a pixel; 1 where the file does not say."""
    return Fraction(stream.sample_aspect_ratio or 1)


def _quarter_turns(frame: Any) -> int:
    """Return by how many quarter turns, against the clock, the frame is turned to stand upright."""
    return round((frame.rotation or 0) / 90) % 4
