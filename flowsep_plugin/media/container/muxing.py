"""Copies a container packet for packet and adds sound tracks to it; runs in a child process.

Picture, subtitles, chapters, attachments and tags are copied. A new track begins where the sound that it was separated
from begins: the time stamp of that stream's first decoded frame, encoder delay taken away.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.sound_file import open_bytes

from .library import libav, one_line_errors, open_demuxer
from .new_track import TrackEncoder, TrackSource
from .records import TrackFormat
from .sniff import sniff

_TAGS_OF_FILES: Final = frozenset(("encoder", "major_brand", "minor_version", "compatible_brands", "duration"))
_COPIED: Final = frozenset(("video", "audio", "subtitle", "attachment"))
_PACKETS_A_REPORT: Final = 200


def mux_here(
    path: Path,
    target: Path,
    tracks: Sequence[tuple[Path, str]],
    format: TrackFormat,
    index: int,
    is_replaced: bool,
    offset: int,
    advance: Callable[[float], Any],
) -> None:
    """Write a copy of the video at `path` to the open file `target`, with `tracks` (path, title) as new sound tracks.

    index : the sound stream that the tracks were separated from; `is_replaced` leaves it out.
    offset : frames of that stream before the tracks.     advance : called with the share that is written, 0..1.
    Raises MediaError where it cannot be read or written.
    """
    kind = sniff(path)
    if kind is None:
        raise MediaError(f"{path} has changed while it was read; try again")
    av = libav(path, kind.name)
    with one_line_errors(path), ExitStack() as stack:
        start = _first_time(av, path, kind.demuxer, index)
        source = stack.enter_context(open_demuxer(av, stack.enter_context(open_bytes(path)), kind.demuxer))
        sound = source.streams.audio[index]
        options = _options(format.muxer, int(sound.codec_context.sample_rate))
        out = av.open(stack.enter_context(target.open("r+b")), "w", format=format.muxer, container_options=options)
        stack.enter_context(out)
        copied = {
            stream.index: _copy_of(out, stream)
            for stream in source.streams
            if stream.type in _COPIED and not (is_replaced and stream is sound)
        }
        _copy_tags(source, out)
        encoders = []
        for number, (file, title) in enumerate(tracks):
            track = TrackSource(path=file, title=title, language=str(sound.metadata.get("language", "")))
            is_default = is_replaced and number == 0
            encoders.append(stack.enter_context(TrackEncoder(av, out, track, format, start, offset, is_default)))
        _copy_packets(source, out, copied, encoders, advance)


def _options(muxer: str, rate: int) -> dict[str, str]:
    """Return options of a muxer: edit lists of MP4 count frames of the sound, not milliseconds."""
    return {"movie_timescale": str(rate)} if muxer in ("mov", "mp4", "3gp", "ipod") else {}


def _first_time(av: Any, path: Path, demuxer: str, index: int) -> Fraction:
    """Return the time stamp of the first frame that a sound stream gives, in seconds."""
    with open_bytes(path) as file, open_demuxer(av, file, demuxer) as container:
        stream = container.streams.audio[index]
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return Fraction(0) if frame.pts is None else frame.pts * Fraction(frame.time_base)
            except av.error.InvalidDataError:
                continue
    raise MediaError(f"{path}: its sound is damaged, nothing of it can be decoded; copy or export it again")


def _copy_of(out: Any, stream: Any) -> Any:
    """Return a stream of `out` with the parameters, tags and flags of `stream`."""
    copy = out.add_stream_from_template(stream, opaque=True)  # without an encoder for it, which there may not be
    copy.metadata.update({name: value for name, value in stream.metadata.items() if name.lower() not in _TAGS_OF_FILES})
    copy.disposition = stream.disposition
    return copy


def _copy_tags(source: Any, out: Any) -> None:
    out.metadata.update({name: value for name, value in source.metadata.items() if name.lower() not in _TAGS_OF_FILES})
    if chapters := source.chapters():
        out.set_chapters(chapters)


def _copy_packets(
    source: Any, out: Any, copied: dict[int, Any], encoders: Sequence[TrackEncoder], advance: Callable[[float], Any]
) -> None:
    """Copy all packets in their order, with those of the new tracks between them."""
    whole, count = (source.duration or 0) / 1e6, 0
    for packet in source.demux([source.streams[number] for number in copied]):
        if packet.dts is None and packet.size == 0:  # the mark of a stream's end
            continue
        place = packet.dts if packet.dts is not None else packet.pts
        if place is not None:
            seconds = place * Fraction(packet.time_base)
            for encoder in encoders:
                encoder.go_on_to(seconds)
            if whole and count % _PACKETS_A_REPORT == 0:
                advance(min(1.0, max(0.0, float(seconds) / whole)))
        count += 1
        packet.stream = copied[packet.stream_index]
        out.mux_one(packet)
    for encoder in encoders:
        encoder.finish()
    advance(1.0)
