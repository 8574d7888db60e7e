"""Edits by hand, applied to the spectra of stems: the last step before they are transformed back.

With w the weight of a shape at a bin, X the clip and S_j the stems,

    take from stem q:  S_q <- (1 - w) S_q
    add to stem q:     S_j <- (1 - w) S_j for all j, then S_q <- S_q + w X

Both are steps towards another mask, 0 or 1, so the masks of all stems still sum to at most 1. They come after
competition, strength, gate, Wiener filter and vocoder, for three reasons: inside a shape the result is exact, whatever
those made of it; outside nothing changes, while an edit of the masks would move the filter's covariances a second to
each side; and what a render setting does cannot undo what a hand drew. Reduction scales the finished stem, edits
included. In the modes "hybrid" and "generated" what is taken is gone, generated audio too, and what is added is the
clip itself.
"""

from collections.abc import Mapping, Sequence

from flowsep_plugin.audio.types import Spectrum
from flowsep_plugin.edits import MaskEdit
from flowsep_plugin.edits.bins import BinAxis
from flowsep_plugin.edits.weights import shape_weights


def in_order(edits: Sequence[Sequence[MaskEdit]]) -> list[tuple[int, MaskEdit]]:
    """Return index of the query and edit for all edits of all queries, in the order in which they apply."""
    pairs = [(query, edit) for query, own in enumerate(edits) for edit in own]
    return sorted(pairs, key=lambda pair: pair[1].order)


def apply_edits(
    stems: Spectrum, spectrum: Spectrum, first: int, edits: Sequence[tuple[int, MaskEdit]], rows: Mapping[int, int],
    axis: BinAxis,
) -> None:  # fmt: skip
    """Apply `edits` in place to `stems`, (stems, channels, frames, bins).

    spectrum : of the clip, (channels, frames, bins).
    first : frame 0 of both, on the timeline.     rows : query -> its row in `stems`; the edits of a query without a
    stem make room in the others all the same, so that a stem does not depend on which others are rendered.
    """
    for query, edit in edits:
        row = rows.get(query)
        if edit.action == "take" and row is None:
            continue
        weights = shape_weights(edit.shape, axis, first, first + spectrum.shape[1])
        if weights is None:
            continue
        place = (..., weights.frames(first), weights.bins)
        if edit.action == "take":
            stems[row][place] *= 1 - weights.values
            continue
        stems[place] *= 1 - weights.values
        if row is not None:
            stems[row][place] += weights.values * spectrum[place]
