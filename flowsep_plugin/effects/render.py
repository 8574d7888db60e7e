"""An audio file through a chain of effects into another file: the same frames, rate, channels, format and metadata."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import EffectError, UsageError
from flowsep_plugin.media import Format, MediaSource, StemWriter, open_media, open_writer
from flowsep_plugin.media.encoders import SUFFIXES
from flowsep_plugin.progress import ProgressCallback, ProgressMeter

from .chain import EffectChain

if TYPE_CHECKING:
    from .host import EffectHost, EffectStream

_BLOCK_FRAMES: Final = 32_768
_FULL_SCALE_24: Final = 1 - 2.0**-24


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRender:
    """A file that was written through effects.

    format : of the file.     latency : frames of the effects, which were removed.     peak : highest sample; 1 is full
    scale.     clipped : samples that the format could not hold.     note : what a user must know, "" for nothing.
    """

    path: Path
    format: Format
    latency: int
    peak: float
    clipped: int = 0
    note: str = ""


class _PassedFullScaleError(Exception):
    """The effects go over full scale, and the format does not."""


def render_file(
    host: "EffectHost", chain: EffectChain, source: str | Path, destination: str | Path, progress: ProgressCallback
) -> EffectRender:
    """Write `source` through `chain` to `destination`, block by block; the file appears when it is complete.

    A WAV that the effects drive over full scale becomes 32-bit float; FLAC is clipped, which `note` tells.
    Raises UsageError for a suffix that is neither .wav nor .flac or a chain that does not exist, EffectError where an
    effect fails, MediaError for files, and what `progress` raises; then an older file stays as it was.
    """
    source, destination = Path(source), Path(destination)
    with open_media(source) as audio, host.open(chain, audio.rate, audio.channels) as stream:
        format = _format_of(audio, destination)
        try:
            return _render(stream, audio, destination, format, progress)
        except _PassedFullScaleError:
            note = f"the effects pass full scale, where {format} would clip: {destination.name} is 32-bit float"
            return _render(stream, audio, destination, "wav32f", progress, note)


def _render(
    stream: "EffectStream", audio: MediaSource, path: Path, format: Format, progress: ProgressCallback, note: str = ""
) -> EffectRender:
    peak = 0.0
    meter = ProgressMeter(progress, "render", audio.frames)
    with _writer(audio, path, format) as writer:
        for block in _through(stream, audio):
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
            if format == "wav24" and peak > _FULL_SCALE_24:
                raise _PassedFullScaleError
            writer.write(block)
            meter.tick(block.shape[1])
        clipped = writer.clipped
    if clipped:
        note = (
            f"the effects pass full scale, where {format} clips: {path.name} has {clipped} clipped samples; write WAV"
        )
    return EffectRender(path=path, format=format, latency=stream.latency, peak=peak, clipped=clipped, note=note)


def _through(stream: "EffectStream", audio: MediaSource) -> Iterator[Samples]:
    """Yield all of `audio` through `stream`, from its beginning. Raises EffectError where its process begins anew."""
    open_count = stream.open_count
    for start in range(0, audio.frames, _BLOCK_FRAMES):
        block = audio.read(start, min(start + _BLOCK_FRAMES, audio.frames))
        yield _uninterrupted(stream, open_count, stream.process(block, reset=start == 0))
    yield _uninterrupted(stream, open_count, stream.finish())


def _uninterrupted(stream: "EffectStream", open_count: int, output: Samples) -> Samples:
    """Return `output` (channels, n). Raises EffectError where the effects began anew before it."""
    if stream.open_count != open_count:
        reason = "it ended, and its effects lost the sound before"
        raise EffectError(f"the process of effects failed: {reason}; try again", reason=reason, is_crash=True)
    return output


def _format_of(audio: MediaSource, path: Path) -> Format:
    suffix = path.suffix.lower()
    if suffix == ".flac":
        return "flac24"
    if suffix != ".wav":
        raise UsageError(f"{path.name}: effects are written to {' or '.join(sorted(set(SUFFIXES.values())))} files")
    return "wav32f" if audio.info.subtype in ("FLOAT", "DOUBLE") else "wav24"


def _writer(audio: MediaSource, path: Path, format: Format) -> StemWriter:
    """Return a writer with the metadata of `audio`: time stamp, iXML, markers, layout of the channels."""
    info = audio.info
    return open_writer(
        path, audio.rate, audio.channels, audio.frames, format, bext=info.bext, ixml=info.ixml, markers=info.markers,
        channel_mask=info.stem_mask,
    )  # fmt: skip
