"""Some channels of an open file, as a source of their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import UsageError

from .info import MediaInfo
from .metadata.ixml_stem import with_tracks
from .metadata.recorder_notes import with_recorder_tracks
from .source import MediaSource

_MOST_NAMES: Final = 8


class ChannelSelection:
    """The channels `channels` of an open file, in that order, as an `audio.clip.Source`. The file stays its owner's.

    `info` describes the selection: its channel count, its tracks in bext and iXML, and no speakers, since masks tell
    those of whole layouts.
    """

    def __init__(self, source: MediaSource, channels: Sequence[int]) -> None:
        """Select `channels`, indices from 0. Raises UsageError where there are none, or the file lacks one."""
        _check(source.info, channels)
        self._source, self._order = source, list(channels)
        self.info = _selected(source.info, self._order)

    @property
    def rate(self) -> int:
        """Sample rate of the file in Hz."""
        return self.info.rate

    @property
    def channels(self) -> int:
        """Number of channels that are selected."""
        return self.info.channels

    @property
    def frames(self) -> int:
        """Length of the file in frames."""
        return self.info.frames

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` as (channels, stop - start) float32. Raises as `MediaSource.read`."""
        return self._source.read(start, stop)[self._order]


def with_channels(source: MediaSource, channels: Sequence[int] | None) -> MediaSource | ChannelSelection:
    """Return `source` with only `channels`, indices from 0; the source itself where that is all of them in order.

    Raises UsageError for a channel that the file lacks.
    """
    if channels is None or tuple(channels) == tuple(range(source.channels)):
        return source
    return ChannelSelection(source, channels)


def _selected(info: MediaInfo, channels: Sequence[int]) -> MediaInfo:
    bext, ixml = info.bext, info.ixml
    if bext is not None:
        bext = replace(bext, description=with_recorder_tracks(bext.description, channels))
    if ixml is not None:
        ixml = with_tracks(ixml, channels)
    mask = None if len(channels) <= 2 else 0
    return replace(info, channels=len(channels), channel_mask=mask, bext=bext, ixml=ixml)


def _check(info: MediaInfo, channels: Sequence[int]) -> None:
    missing = [index for index in channels if not 0 <= index < info.channels]
    if not channels:
        raise UsageError(f"{info.path.name}: no channel is selected; name at least one of {info.channels}")
    if missing:
        numbers = ", ".join(str(index + 1) for index in missing[:_MOST_NAMES])
        raise UsageError(
            f"{info.path.name} has no channel {numbers}: it has {info.channels}, counted from 1; choose among those"
        )
