"""Clips of a session that pass full scale, before they are separated in a format that clips them."""

from collections.abc import Iterator
from contextlib import suppress

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import open_media, passes_full_scale
from flowsep_plugin.timeline import ClipRef, Timeline

from .session import usable_clips
from .session_request import SessionRequest


def clipped_clips(timeline: Timeline, options: SessionRequest) -> Iterator[str]:
    """Yield a line for each clip that `options.keep_format` will clip. Raises UsageError as `usable_clips` does."""
    if options.keep_format and options.format != "wav32f":
        for clip in usable_clips(timeline, options):
            if _passes(clip):
                yield (
                    f"clip {clip.name!r} passes full scale, which {options.format} clips: stems and rest will not sum "
                    "to it; choose wav32f, or no format, to have them as 32-bit float"
                )


def _passes(clip: ClipRef) -> bool:
    """Whether the part of its file that a clip plays passes full scale; False where the file cannot be read yet."""
    if clip.media is None or clip.media.member is not None:
        return False
    with suppress(MediaError), open_media(clip.media.path) as source:
        return passes_full_scale(source, clip.media.file_span(clip.cut).at(source.rate))
    return False
