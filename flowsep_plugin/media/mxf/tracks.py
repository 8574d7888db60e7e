"""The sound tracks that the header metadata of an MXF file describes: PCM, its shape, and where its timecode starts.

Sources: SMPTE ST 377-1, annexes D (descriptors) and B (packages); ST 382 (AES3 and BWF in MXF); ST 386 (D-10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from .local_sets import Kind, LocalSet, Metadata, Tag

_SOUND: Final = bytes.fromhex("0103020202000000")
_SOUND_OF_AVID: Final = bytes.fromhex("78e1ebe16cef11d2")
"""Ends of the data definitions of sound: the standard's, and the one of AAF, which Media Composer writes."""

_PCM: Final = bytes.fromhex("04020201")
_AIFF: Final = bytes.fromhex("040202017e")
_CODINGS: Final = {
    "040202020301": "A-law sound", "04020202030201": "AC-3", "04020202030204": "MPEG sound",
    "04020202030205": "MPEG sound", "04020202030206": "MPEG sound", "0402020203021c": "Dolby E",
    "040202020303": "AAC", "0e090604": "immersive sound (IAB)", "04020202": "compressed sound",
}  # fmt: skip
_CONTAINER: Final = bytes.fromhex("0d01030102")
_PCM_CONTAINERS: Final = (0x01, 0x06, 0x7F)
"""Kinds of essence container, byte 13 of the label, that hold plain PCM: D-10, AES3 and BWF, several mappings."""

_NEVER_PCM: Final = {0x0B: "encrypted sound", 0x1D: "immersive sound (IAB)", 0x25: "sound guided by metadata (MGA)"}
"""Kinds whose descriptors may say PCM nevertheless."""

_OFTEN_COMPRESSED: Final = {0x04: "MPEG sound", 0x0A: "A-law sound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrack:
    """One track of PCM.

    sid, number : stream and number of its elements.     frame_bytes : of one frame of all channels.
    lead : frames before the beginning of the track, which are not played.
    frames : length after them that the header declares, None where it does not.
    unit : frames of one edit unit, rounded up.     obstacle : what the sound is instead of PCM, "" for PCM.
    """

    sid: int
    number: int
    rate: Fraction
    channels: int
    bits: int
    frame_bytes: int
    is_big_endian: bool
    lead: int
    frames: int | None
    unit: int
    obstacle: str


def sound_tracks(metadata: Metadata) -> list[SoundTrack]:
    """Return the sound tracks of all packages of which the file holds the essence, in the order of the packages."""
    streams = {
        one.items.get(Tag.PACKAGE_OF_ESSENCE, b""): one.number(Tag.BODY_SID) or 0
        for one in metadata.of_kind(Kind.ESSENCE_DATA)
    }
    tracks = []
    for package in metadata.of_kind(Kind.SOURCE_PACKAGE):
        sid = streams.get(package.items.get(Tag.PACKAGE_ID, b""))
        if sid is not None or not streams:
            tracks += [_track(*pair, metadata, sid or 0) for pair in _described(metadata, package)]
    return tracks


def start_seconds(metadata: Metadata) -> Fraction | None:
    """Return where the timecode of the material starts, in seconds since midnight; None where it has none."""
    for package in metadata.of_kind(Kind.MATERIAL_PACKAGE):
        for track in metadata.many(package, Tag.TRACKS):
            segment = metadata.one(track, Tag.SEQUENCE)
            parts = [] if segment is None else [segment, *metadata.many(segment, Tag.COMPONENTS)]
            codes = [part for part in parts if part.kind == Kind.TIMECODE]
            start, rate = codes[0].length(Tag.START_TIMECODE) if codes else None, track.fraction(Tag.EDIT_RATE)
            if start is not None and rate is not None:
                return start / rate
    return None


def _described(metadata: Metadata, package: LocalSet) -> Iterator[tuple[LocalSet, LocalSet | None]]:
    """Yield each sound descriptor of a package and its track, None where no track is a sound track."""
    descriptor = metadata.one(package, Tag.DESCRIPTOR)
    if descriptor is None:
        return
    parts = metadata.many(descriptor, Tag.SUB_DESCRIPTORS)
    tracks = metadata.many(package, Tag.TRACKS)
    by_id = {track.number(Tag.TRACK_ID): track for track in tracks}
    sounds = [track for track in tracks if _is_sound(metadata, track)]
    for part in (descriptor, *parts):
        if Tag.AUDIO_RATE in part.items:
            yield part, by_id.get(part.number(Tag.LINKED_TRACK) or 0) or next(iter(sounds), None)


def _is_sound(metadata: Metadata, track: LocalSet) -> bool:
    sequence = metadata.one(track, Tag.SEQUENCE)
    definition = sequence.items.get(Tag.DATA_DEFINITION, b"") if sequence is not None else b""
    return definition[8:] in (_SOUND, _SOUND_OF_AVID)


def _track(descriptor: LocalSet, track: LocalSet | None, metadata: Metadata, sid: int) -> SoundTrack:
    rate = descriptor.fraction(Tag.AUDIO_RATE) or Fraction(0)
    channels = descriptor.number(Tag.CHANNELS) or 1
    bits = descriptor.number(Tag.BITS) or 0
    align = descriptor.number(Tag.BLOCK_ALIGN) or 0
    whole = align and align % channels == 0
    units, edit_rate = _length(descriptor, track, metadata)
    frames_of_unit = rate / edit_rate if edit_rate else Fraction(1)
    lead = _lead(track, rate)
    return SoundTrack(
        sid=sid,
        number=(track.number(Tag.TRACK_NUMBER) if track else 0) or 0,
        rate=rate,
        channels=channels,
        bits=bits or 8 * (align // channels),
        frame_bytes=align if whole else channels * -(-bits // 8),
        is_big_endian=descriptor.items.get(Tag.SOUND_CODING, b"")[8:13] == _AIFF,
        lead=lead,
        frames=max(0, int(units * frames_of_unit) - lead) if units else None,
        unit=max(1, -int(-frames_of_unit // 1)),
        obstacle=_obstacle(descriptor),
    )


def _lead(track: LocalSet | None, rate: Fraction) -> int:
    edit_rate = track.fraction(Tag.EDIT_RATE) if track else None
    origin = track.length(Tag.ORIGIN) if track else None
    return int(origin * rate / edit_rate) if origin and edit_rate else 0


def _length(descriptor: LocalSet, track: LocalSet | None, metadata: Metadata) -> tuple[int | None, Fraction | None]:
    """Return the length of the essence in edit units, and their rate: the descriptor's, else the track's."""
    units, rate = descriptor.length(Tag.CONTAINER_DURATION), descriptor.fraction(Tag.SAMPLE_RATE)
    if units or track is None:
        return units, rate
    sequence = metadata.one(track, Tag.SEQUENCE)
    played = sequence.length(Tag.DURATION) if sequence else None
    whole = None if played is None else played + (track.length(Tag.ORIGIN) or 0)
    return whole, track.fraction(Tag.EDIT_RATE) or rate


def _obstacle(descriptor: LocalSet) -> str:
    """Return what the sound is where it is not PCM: by its coding, else by its container."""
    coding = descriptor.items.get(Tag.SOUND_CODING, b"")[8:]
    container = descriptor.items.get(Tag.ESSENCE_CONTAINER, b"").ljust(16, b"\0")
    is_generic, content = container[8:13] == _CONTAINER, container[13]
    if is_generic and content in _NEVER_PCM:
        return _NEVER_PCM[content]
    if coding.startswith(_PCM):
        return ""
    if any(coding):
        names = (name for start, name in _CODINGS.items() if coding.startswith(bytes.fromhex(start)))
        return next(names, f"sound of the unknown coding {coding.hex()}")
    if is_generic and content not in _PCM_CONTAINERS:
        return _OFTEN_COMPRESSED.get(content, f"sound in the unknown container {container[8:].hex()}")
    return ""
