"""Pictures of separations that were written to files."""

import contextlib
from pathlib import Path

from flowsep_plugin.audio.span import Span

from .files import FileSeparation
from .media import open_media, with_channels
from .picture import Panel, check_picture, draw, stem_panel

_WIDTHS = {1: "mono", 2: "stereo"}


def plot_files(path: Path, separation: FileSeparation, picture: Path) -> None:
    """Draw the separation of the file at `path`, read from the files that were written, to the PNG `picture`.

    Raises UsageError without matplotlib or for another suffix, MediaError where a file cannot be read or written.
    """
    record = separation.record
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_media(path, stream=record["write"].get("stream")))
        clip = with_channels(source, record["write"].get("channels"))
        span = Span(record["span"]["start"], record["span"]["frames"], clip.rate)
        whole = span.moved(-span.start)
        width = _WIDTHS.get(clip.channels, f"{clip.channels} channels")
        panels = [Panel(path.name, clip, span, f"{clip.rate / 1000:g} kHz, {width}")]
        for stem, file, presence in zip(record["stems"], separation.stems, separation.presence, strict=True):
            if file is None:
                continue
            panels.append(
                stem_panel(
                    stem["query"],
                    stack.enter_context(open_media(file)),
                    whole,
                    level_db=stem["share_db"],
                    presence=presence,
                    is_found=stem["found"],
                    unsure=stem["unsure"],
                )
            )
        if separation.residual is not None:
            panels.append(Panel("rest", stack.enter_context(open_media(separation.residual)), whole))
        draw(panels, picture, start_seconds=span.start / span.rate)


__all__ = ["check_picture", "plot_files"]
