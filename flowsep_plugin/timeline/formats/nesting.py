"""Clips nested in other clips: the part that is heard, with the outer clip's gain, fades, mute and differences."""

from dataclasses import replace

from flowsep_plugin.timeline.clip import ClipRef

from .gain_points import with_gain


def within(inner: ClipRef, outer: ClipRef) -> ClipRef:
    """Return the part of a nested clip inside its outer one, as both together play it.

    The outer clip's fades are taken where the edges coincide; gains and gain curves multiply.
    """
    trimmed = inner.trimmed(outer.place)
    around = outer.trimmed(trimmed.place)
    fade_in = outer.fade_in if trimmed.place.start == outer.place.start else 0
    fade_out = outer.fade_out if trimmed.place.stop == outer.place.stop else 0
    clip = with_gain(trimmed, around.gain, around.gain_curve)
    return replace(
        clip,
        name=inner.name or outer.name,
        fade_in=max(trimmed.fade_in, fade_in),
        fade_out=max(trimmed.fade_out, fade_out),
        muted=inner.muted or outer.muted,
        obstacle=inner.obstacle or outer.obstacle,
        differences=(*inner.differences, *outer.differences),
    )
