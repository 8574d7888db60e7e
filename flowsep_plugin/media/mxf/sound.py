"""The sound of an MXF file: its tracks side by side, with the elements that hold them, checked."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import MediaError

from .scan import Elements, Scan, header_offset, scan
from .tracks import SoundTrack, sound_tracks, start_seconds

_WIDTHS: Final = (2, 3, 4)
_AES3_ITEM, _AES3_OF_8 = 0x06, 0x10
_AES3_HEAD: Final = 4
_AES3_CHANNELS: Final = 8
_WAY_OUT: Final = "transcode or consolidate it to PCM, or export the sound as WAV"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLayout:
    """How the bytes of a track's elements become samples.

    frame_bytes : from one frame to the next.   width : bytes of a sample.   is_aes3 : subframes of AES3, 32 bits wide.
    skip : bytes at the start of every element that are no samples.
    """

    channels: int
    frame_bytes: int
    width: int
    bits: int
    is_big_endian: bool = False
    is_aes3: bool = False
    skip: int = 0


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """The elements of one track and their layout.     lead : frames in them before the beginning of the track."""

    layout: SampleLayout
    elements: Elements
    lead: int

    def frames(self, *, cut: bool) -> int:
        """Return the frames in the file; with `cut` those, too, that the last element declares and does not have."""
        skipped = self.layout.skip * len(self.elements.starts)
        total = sum(self.elements.lengths) + (self.elements.cut_bytes if cut else 0) - skipped
        return max(0, total // self.layout.frame_bytes - self.lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class MxfSound:
    """The sound of one file; the channels of its tracks follow each other.

    frames : length; `available` of them are in the file.     start : its timecode in seconds since midnight.
    """

    tracks: tuple[StoredTrack, ...]
    rate: int
    bits: int
    frames: int
    available: int
    start: Fraction | None

    @property
    def channels(self) -> int:
        """Number of channels of all tracks."""
        return sum(track.layout.channels for track in self.tracks)


def is_mxf(path: Path) -> bool:
    """Whether `path` is an MXF file."""
    return header_offset(path) is not None


def read_mxf(path: Path) -> MxfSound:
    """Return where the sound of an MXF file is; cached until the file changes.

    Raises MediaError where the file has no sound, its sound is not PCM of 16 to 32 bits, or its header is damaged.
    """
    try:
        status = path.stat()
        return _read_version(path, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror or error}; copy it to another disk") from error


@lru_cache(4)
def _read_version(path: Path, *version: int) -> MxfSound:
    result = scan(path, header_offset(path) or 0)
    described = sound_tracks(result.metadata)
    _check(path, result, described)
    tracks = tuple(
        StoredTrack(_layout(path, track, elements), elements, track.lead)
        for track, elements in zip(described, _elements(path, result, described), strict=True)
    )
    frames, available = _length(described, tracks, is_whole=result.has_footer)
    return MxfSound(
        tracks=tracks,
        rate=int(described[0].rate),
        bits=max(track.layout.bits for track in tracks),
        frames=frames,
        available=available,
        start=start_seconds(result.metadata),
    )


def _check(path: Path, result: Scan, described: list[SoundTrack]) -> None:
    if not result.metadata.sets:
        raise MediaError(f"{path} is cut off or damaged: MXF without header metadata; copy or export it again")
    if not described:
        raise MediaError(f"{path} is MXF without sound in it; choose the file that holds the sound")
    obstacle = next((track.obstacle for track in described if track.obstacle), "")
    if result.is_encrypted or obstacle:
        raise MediaError(f"{path}: this MXF holds {obstacle or 'encrypted sound'}, not plain PCM; {_WAY_OUT}")
    rates = {track.rate for track in described}
    if len(rates) > 1 or described[0].rate.denominator > 1:
        text = ", ".join(str(float(rate)) for rate in sorted(rates))
        raise MediaError(f"{path}: the sound tracks of this MXF are at {text} Hz, not at one whole rate; {_WAY_OUT}")


def _elements(path: Path, result: Scan, described: list[SoundTrack]) -> list[Elements]:
    """Return the elements of each track: by stream and number, by number alone, else in their order."""
    by_number = {number: elements for (_, number), elements in result.elements.items()}
    exact = [result.elements.get((track.sid, track.number)) or by_number.get(track.number) for track in described]
    present = [elements for elements in exact if elements is not None]
    if len({id(elements) for elements in present}) == len(described):
        return present
    if len(by_number) == len(described):
        return [by_number[number] for number in sorted(by_number)]
    raise MediaError(
        f"{path}: {len(described)} sound tracks are described, the sound of {len(result.elements)} is in the file; "
        "copy or export it again"
    )


def _layout(path: Path, track: SoundTrack, elements: Elements) -> SampleLayout:
    if elements.key[12] == _AES3_ITEM and elements.key[14] == _AES3_OF_8:
        if track.channels > _AES3_CHANNELS:
            raise MediaError(f"{path}: {track.channels} channels in D-10 sound, which has 8; export it again")
        return SampleLayout(
            channels=track.channels, frame_bytes=4 * _AES3_CHANNELS, width=4, bits=16 if track.bits <= 16 else 24,
            is_aes3=True, skip=_AES3_HEAD,
        )  # fmt: skip
    width, remainder = divmod(track.frame_bytes, track.channels)
    if width not in _WIDTHS or remainder:
        raise MediaError(f"{path}: this MXF holds PCM of {track.bits} bits, 16 to 32 are supported; {_WAY_OUT}")
    return SampleLayout(
        channels=track.channels, frame_bytes=track.frame_bytes, width=width, bits=8 * width,
        is_big_endian=track.is_big_endian,
    )  # fmt: skip


def _length(described: list[SoundTrack], tracks: tuple[StoredTrack, ...], *, is_whole: bool) -> tuple[int, int]:
    """Return the length, and the frames in the file: fewer where it is cut off.

    The header counts edit units, of which the elements can have a few samples more or fewer (29.97 pictures a second).
    Where the last partition is there, what the elements hold counts, and the header can only shorten it.
    """
    available = min(track.frames(cut=False) for track in tracks)
    stored = min(track.frames(cut=True) for track in tracks)
    declared = min((track.frames for track in described if track.frames is not None), default=stored)
    unit = max(track.unit for track in described)
    if abs(declared - stored) < unit or (is_whole and declared > stored):
        declared = stored
    return declared, min(available, declared)
