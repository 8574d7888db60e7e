"""The ADM metadata of a stem: its source's, where the stem has the same channels and the metadata is true of it."""

from dataclasses import dataclass

from flowsep_plugin.audio.span import Span

from .channel_selection import ChannelSelection
from .chunks import body, find_chunks
from .metadata.adm import ADM_CHUNKS, RawChunk, is_static, of_part
from .sound_file import open_bytes
from .source import MediaSource

_MOST_BYTES = 256 << 20
"""Size of all chunks together; they are in memory once per stem. Masters of two hours have some 100 MB."""


@dataclass(frozen=True, slots=True)
class StemAdm:
    """ADM chunks for a stem; `loss` says why there are none although the source has some."""

    chunks: tuple[RawChunk, ...] = ()
    loss: str | None = None


def stem_adm(source: MediaSource | ChannelSelection, span: Span) -> StemAdm:
    """Return the ADM metadata of a stem of `span`, in frames of `source`; that of the whole file byte for byte.

    Raises MediaError where the file cannot be read.
    """
    if not source.info.has_adm:
        return StemAdm()
    if isinstance(source, ChannelSelection):
        return StemAdm(loss="the ADM metadata is that of all channels, and is not in stems of some of them")
    chunks = _read(source)
    if chunks is None:
        return StemAdm(loss=f"the ADM metadata is larger than {_MOST_BYTES >> 20} MB, and is not in stems")
    if (span.start, span.stop) == (0, source.frames):
        return StemAdm(chunks)
    if not is_static(chunks):
        return StemAdm(loss="the ADM metadata moves in time, and is not in stems of a part of the file")
    return StemAdm(of_part(chunks))


def _read(source: MediaSource) -> tuple[RawChunk, ...] | None:
    """Return the ADM chunks of the file; None where they are too large."""
    with open_bytes(source.info.path) as file:
        adm = [chunk for chunk in find_chunks(file) if chunk.id in ADM_CHUNKS]
        if sum(chunk.available for chunk in adm) > _MOST_BYTES:
            return None
        return tuple((chunk.id, body(file, chunk, _MOST_BYTES)) for chunk in adm)
