"""Texts on the differences between clips and their stems, in the user's language."""

from collections.abc import Sequence
from pathlib import Path

from flowsep_plugin.timeline import Timeline, by_suffix
from flowsep_plugin.timeline.check import DifferenceOwner, difference_owners
from flowsep_plugin.timeline.difference import Difference

from .texts import translate

_MOST_OWNERS = 3


def difference_texts(timeline: Timeline) -> list[str]:
    """Return a text for each track and clip with features that the stems placed on `timeline` do not have."""
    sources = [clip.like for _, clip in timeline.clips() if clip.like is not None]
    return [owner_text(owner) for owner in difference_owners(timeline, sources)]


def rendered_gains(timeline: Timeline, path: Path) -> list[str]:
    """Return the names of clips whose moving gain is rendered into their stems, as `path` cannot hold it."""
    if by_suffix(path).capabilities.gain_curves:
        return []
    stems = [clip for _, clip in timeline.clips() if clip.like is not None and clip.gain_curve is not None]
    return list(dict.fromkeys(timeline.find(clip.like)[1].name for clip in stems if clip.like is not None))


def shortened(texts: Sequence[str]) -> str:
    """Return the first of `texts`, and how many more there are."""
    text, more = "; ".join(texts[:_MOST_OWNERS]), len(texts) - _MOST_OWNERS
    return translate("Differences", "{0}; and {1} more").format(text, more) if more > 0 else text


def kind_texts() -> dict[str, str]:
    """Return the text of every kind of difference, in the user's language."""
    return {
        "plug-in": translate("Differences", "plug-in"),
        "effect": translate("Differences", "effect"),
        "send": translate("Differences", "send"),
        "automation": translate("Differences", "automation"),
        "fade": translate("Differences", "fade"),
        "pan": translate("Differences", "pan"),
        "polarity": translate("Differences", "polarity"),
        "play rate": translate("Differences", "play rate"),
        "routing": translate("Differences", "routing"),
        "overlap": translate("Differences", "overlap"),
    }


def owner_text(owner: DifferenceOwner) -> str:
    """Return what the stems of a track or clip will not have, such as "track Drums: plug-in ReaEQ"."""
    form = translate("Differences", "track {0}: {1}")
    if owner.kind == "clip":
        form = translate("Differences", "clip {0}: {1}")
    return form.format(owner.name, ", ".join(map(_text, dict.fromkeys(owner.differences))))


def _text(difference: Difference) -> str:
    kind = kind_texts().get(difference.kind, difference.kind)
    return f"{kind} {difference.name}" if difference.name else kind
