"""Puts stems back into a copy of their video, as new sound tracks; the picture is not touched."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import MediaError, UsageError

from .isolation import isolated_call
from .records import AudioStream, ContainerHeader, TrackFormat
from .sniff import sniff
from .streams import read_header

_AAC: Final = TrackFormat(muxer="mp4", codec="aac", samples="fltp", bits_a_second=128_000)
_FORMATS: Final = {
    ".mov": TrackFormat(muxer="mov", codec="pcm_s24le", samples="s32", is_lossless=True),
    ".qt": TrackFormat(muxer="mov", codec="pcm_s24le", samples="s32", is_lossless=True),
    ".mp4": _AAC,
    ".m4v": _AAC,
    ".m4a": TrackFormat(muxer="ipod", codec="aac", samples="fltp", bits_a_second=128_000),
    ".3gp": TrackFormat(muxer="3gp", codec="aac", samples="fltp", bits_a_second=128_000),
    ".mkv": TrackFormat(muxer="matroska", codec="flac", samples="s32", is_lossless=True),
    ".mka": TrackFormat(muxer="matroska", codec="flac", samples="s32", is_lossless=True),
    ".webm": TrackFormat(muxer="webm", codec="libopus", samples="flt", bits_a_second=96_000),
}
_DEMUXERS: Final = {"mov": "mov", "mp4": "mov", "3gp": "mov", "ipod": "mov", "matroska": "matroska", "webm": "matroska"}
_AAC_RATES: Final = frozenset((8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000))
_MOST_CHANNELS: Final = 8
_LEAST_SECONDS: Final = 300.0
_BYTES_A_SECOND: Final = 500_000


def track_format(path: Path) -> TrackFormat:
    """Return the format of new sound tracks in a copy of the video at `path`, by its suffix.

    Raises UsageError for a file that no track can be added to.
    """
    kind, format = sniff(path), _FORMATS.get(path.suffix.lower())
    if kind is None or format is None or _DEMUXERS[format.muxer] != kind.demuxer:
        name, way_out = ("not a video", "ask for no copy") if kind is None else (kind.name, "convert it to MKV first")
        raise UsageError(
            f"{path.name} is {name}; sound tracks are added to MP4, MOV, MKV and WebM under their own suffix: {way_out}"
        )
    return format


def check_fits_track(path: Path, format: TrackFormat, *, rate: int, channels: int) -> None:
    """Raise UsageError where a track of `format` cannot have that rate, in Hz, or so many channels."""
    fits = {"aac": rate in _AAC_RATES, "libopus": rate == 48_000, "flac": rate <= 655_350}.get(format.codec, True)
    if not fits or channels > _MOST_CHANNELS:
        raise UsageError(
            f"{path.name}: a track of {format.codec} cannot have {channels} channels at {rate} Hz; "
            "convert the video to MKV or MOV first"
        )


def mux(
    video: str | Path,
    target: str | Path,
    tracks: Sequence[tuple[str | Path, str]],
    *,
    stream: str | None = None,
    replace: bool = False,
    offset: int = 0,
    advance: Callable[[float], Any] = lambda share: None,
) -> TrackFormat:
    """Write a copy of `video` to `target` with sound files as new tracks; returns the format of those tracks.

    tracks : (path, title) of each; the files have the rate of the video's sound.
    stream : the sound stream that they were separated from, as in `open_media`.     replace : leave that stream out.
    offset : frames of that stream before the first frame of the tracks.
    advance : called with the share that is written, 0..1; what it raises stops the work.
    Picture, subtitles, chapters, attachments and tags are copied packet for packet. The tracks are 24-bit PCM in MOV
    and FLAC in MKV (floats for stems of floats), which are lossless, AAC of 128 kbit/s a channel in MP4, Opus in WebM.
    A file at `target` is replaced.
    Raises UsageError where `target` is the video itself, or no track can be added to such a file; MediaError where it
    cannot be read or written, StorageFull where the disk is full.
    """
    from flowsep_plugin.media.atomic import AtomicFile
    from flowsep_plugin.media.source import probe

    video, target = Path(video), Path(target)
    if target.exists() and target.samefile(video):
        raise UsageError(f"{target} is the video itself; choose another name", setting="out")
    if not tracks:
        raise UsageError("no track: name at least one sound file to put into the video")
    format, header = track_format(video), read_header(video)
    sound = _sound(video, header, stream)
    files = [(_absolute(video, format, Path(path), sound), title) for path, title in tracks]
    if format.is_lossless and any(probe(path).subtype == "FLOAT" for path, _ in files):
        format = dataclasses.replace(format, codec="pcm_f32le", samples="flt")
    need = video.stat().st_size + sum(path.stat().st_size for path, _ in files)
    seconds = _LEAST_SECONDS + need / _BYTES_A_SECOND
    file = AtomicFile(target, need, setting="out")
    try:
        isolated_call(
            "muxing:mux_here", video, Path(file.file.name).absolute(), files, format, sound.index, replace, offset,
            advance, seconds=seconds,
        )  # fmt: skip
        file.commit()
    except OSError as error:
        raise file.explain(error) from error
    finally:
        file.discard()
    return format


def _sound(video: Path, header: ContainerHeader, stream: str | None) -> AudioStream:
    from .choice import chosen_stream

    return chosen_stream(video, header.streams, stream)


def _absolute(video: Path, format: TrackFormat, path: Path, sound: AudioStream) -> Path:
    """Return the absolute path of a track's file. Raises UsageError where it does not fit the video."""
    from flowsep_plugin.media.source import probe

    info = probe(path)
    if info.rate != sound.rate:
        raise UsageError(f"{path.name} is at {info.rate} Hz, the sound of {video.name} at {sound.rate} Hz")
    check_fits_track(video, format, rate=info.rate, channels=info.channels)
    if info.frames < 1:
        raise MediaError(f"{path}: the file holds no audio, 0 frames")
    return path.absolute()
