"""The span that a change of edits touches: all else stays as it was, and needs no rendering."""

from collections.abc import Iterable

from flowsep_plugin.audio.span import Span

from .bins import BinAxis
from .mask_edit import MaskEdit


def affected_span(edits: Iterable[MaskEdit], rate: int) -> Span | None:
    """Return the samples of the timeline, at `rate`, that `edits` change: in any stem and the residual; None for none.

    Edits that were added, removed or changed since a render, before and after their change, give the span that must
    be rendered again. It can reach beyond the clip.
    """
    axis = BinAxis.for_rate(rate)
    ranges = [axis.frames_over(*edit.shape.seconds) for edit in edits]
    if not ranges:
        return None
    first, last = min(begin for begin, _ in ranges), max(end for _, end in ranges)
    start, stop = axis.stft.samples_under(first, last)
    return Span(start, stop - start, rate)
