"""A part of a source that is listened to as if it were all."""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples


@dataclass(frozen=True, slots=True)
class SourcePart:
    """Frames `span` of `source`, a `Source`; outside of them there is silence, also where the source has sound.

    span : in frames of the source, at its rate.     of_channels : indices of the channels; None for all.
    """

    source: Source
    span: Span
    of_channels: tuple[int, ...] | None = None

    @property
    def start(self) -> int:
        """Place of its first frame in the source."""
        return self.span.start

    @property
    def rate(self) -> int:
        """Sample rate of the source in Hz."""
        return self.source.rate

    @property
    def channels(self) -> int:
        """Number of the channels that are read."""
        return self.source.channels if self.of_channels is None else len(self.of_channels)

    @property
    def frames(self) -> int:
        """Length of the part in frames."""
        return self.span.frames

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)`, counted from the first of the part, as (channels, n); zeros outside."""
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        low, high = max(0, start), min(self.frames, stop)
        if low < high:
            samples = self.source.read(self.span.start + low, self.span.start + high)
            block[:, low - start : high - start] = samples[list(self.of_channels or range(len(samples)))]
        return block
