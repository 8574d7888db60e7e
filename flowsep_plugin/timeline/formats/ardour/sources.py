"""Sources of an Ardour session: the files that its regions play, one source for each channel."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PureWindowsPath

from flowsep_plugin.timeline.formats.xml_text import Element
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import number

from .clock import SessionClock
from .sound import SoundChannel, audio_folder, joined_media


@dataclass(frozen=True, slots=True)
class RegionSound:
    """The sound of a region.

    media : None where it has none.   channels : those of the media that it plays, None for all in their order.
    gain : linear gain of its sources; where they differ, of the loudest, and the media has what the others lack.
    obstacle : why it cannot be read; None where it can.
    """

    media: Media | None = None
    channels: tuple[int, ...] | None = None
    gain: float = 1.0
    obstacle: str | None = None


class SourceFiles:
    """Finds the sounds of a session's regions; probes each file once."""

    def __init__(self, session: Element, path: Path, clock: SessionClock, probe: Probe) -> None:
        self._path, self._rate, self._probe = path, clock.rate, probe
        nested = session.iterfind(".//NestedSource/Source")
        self._sources = {source.get("id"): source for source in (*nested, *session.iterfind("Sources/Source"))}
        self._folders = tuple(_sound_folders(session, path))
        self._frames = dict(_source_frames(session, clock))
        self._paths: dict[str, Path] = {}
        self._media: dict[Path, Media] = {}

    def sound(self, region: Element) -> RegionSound:
        """Return the sound of a region. Raises SessionError for a source whose gain is not a number."""
        ids = list(_source_ids(region))
        sources = [self._sources[one] for one in ids if one in self._sources]
        if not sources or len(sources) < len(ids):
            return RegionSound(obstacle="has a sound that the session does not list")
        if any(source.get("playlist") for source in sources):
            return RegionSound(obstacle="is several regions combined; take it apart first (Region, Uncombine)")
        channels = [self._channel(source) for source in sources]
        if len({(one.path, one.gain) for one in channels}) == 1:
            return self._single(channels)
        return self._joined(channels)

    def _channel(self, source: Element) -> SoundChannel:
        name = source.get("name") or ""
        if name not in self._paths:
            media = self._probe(self._find(name), self._frames.get(source.get("id")))
            self._paths[name], self._media[media.path] = media.path, media
        gain = float(number(source.get("gain") or "1", f"the gain of {name}"))
        return SoundChannel(self._paths[name], int(source.get("channel") or 0), gain)

    def _find(self, name: str) -> Path:
        """Return the path of a source; names of files outside the session are whole paths."""
        if Path(name).is_absolute() or PureWindowsPath(name).is_absolute():
            return Path(name)
        paths = [folder / name for folder in self._folders]
        return next((path for path in paths if os.path.isfile(path)), paths[0])

    def _single(self, channels: Sequence[SoundChannel]) -> RegionSound:
        media = self._media[channels[0].path]
        numbers = tuple(one.channel for one in channels)
        whole = numbers == tuple(range(media.channels or len(numbers)))
        return RegionSound(media, None if whole else numbers, channels[0].gain, self._rate_obstacle(media))

    def _joined(self, channels: Sequence[SoundChannel]) -> RegionSound:
        parts = [self._media[one.path] for one in channels]
        gain = max((one.gain for one in channels), key=abs) or 1.0
        missing = next((part for part in parts if not part.is_online), None)
        if missing is not None:
            return RegionSound(missing, None, gain)
        rate = parts[0].rate
        if rate is None or any(part.rate != rate for part in parts):
            return RegionSound(
                obstacle="has its channels in files of different rates; bounce it first (Region, Bounce)"
            )
        for one, part in zip(channels, parts, strict=True):
            if one.channel >= (part.channels or 0):
                return RegionSound(obstacle=f"plays channel {one.channel + 1} of {one.path.name}, which has fewer")
        levelled = [replace(one, gain=one.gain / gain) for one in channels]
        media = joined_media(self._path, levelled, rate=rate, frames=min(part.frames or 0 for part in parts))
        return RegionSound(media, None, gain, self._rate_obstacle(parts[0]))

    def _rate_obstacle(self, media: Media) -> str | None:
        if media.rate in (None, self._rate):
            return None
        return f"{media.path.name} is at {media.rate} Hz, the session at {self._rate}; import it again with conversion"


def _source_ids(region: Element) -> Iterator[str]:
    for channel in count():
        source = region.get(f"source-{channel}")
        if source is None:
            return
        yield source


def _sound_folders(session: Element, path: Path) -> Iterator[Path]:
    """Yield the folders in which Ardour looks for sounds, its own first."""
    yield audio_folder(path)
    yield from sorted((path.parent / "interchange").glob("*/audiofiles"))
    for option in session.iterfind("Config/Option[@name='audio-search-path']"):
        yield from (Path(folder) for folder in (option.get("value") or "").split(":") if folder)


def _source_frames(session: Element, clock: SessionClock) -> Iterator[tuple[str | None, int]]:
    """Yield sources with their lengths in frames, as the regions of their whole files have them."""
    for region in session.iterfind("Regions/Region[@whole-file='1']"):
        length = (region.get("length") or "").partition("@")[0]
        if region.get("type") == "audio" and clock.frame(region.get("start") or "0") == 0 and length[:1] != "b":
            for name in ("source-0", "source-1"):
                yield region.get(name), clock.frame(length or "0")
