"""Differences between clips and their stems in words: of one clip or track, and in one line for a run."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from flowsep_plugin.timeline.difference import Difference, DifferenceKind
from flowsep_plugin.timeline.timeline import Timeline

from .lists import listed, quoted

_MOST_GROUPS: Final = 3
_MOST_NAMES: Final = 4


@dataclass(frozen=True, slots=True)
class DifferenceOwner:
    """A track or clip with features that its stems will not have."""

    kind: Literal["track", "clip"]
    name: str
    differences: tuple[Difference, ...]


def difference_owners(timeline: Timeline, clip_ids: Collection[str]) -> list[DifferenceOwner]:
    """Return the clips of `clip_ids` that have differences, and before them their track if it has some."""
    return list(_owners(timeline, frozenset(clip_ids)))


def difference_words(differences: Iterable[Difference]) -> str:
    """Return differences as a list, such as "plug-ins 'ReaEQ', 'ReaComp' and send 'Verb'"; empty for none."""
    names: dict[DifferenceKind, list[str]] = {}
    for difference in differences:
        of_kind = names.setdefault(difference.kind, [])
        if difference.name:
            of_kind.append(difference.name)
    return listed([_kind_words(kind, of_kind) for kind, of_kind in names.items()])


def differences_line(timeline: Timeline, clip_ids: Collection[str], hint: str = "") -> str | None:
    """Return one line that names what the stems of the clips will not have; None where that is nothing.

    Owners of the same differences are named together; `hint` says where the others are listed, if some are left out.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for owner in difference_owners(timeline, clip_ids):
        groups.setdefault((difference_words(owner.differences), owner.kind), []).append(owner.name)
    if not groups:
        return None
    parts = [f"{words} of {_counted(kind, names)}" for (words, kind), names in groups.items()]
    hidden = list(groups.items())[_MOST_GROUPS:]
    line = f"not in the stems: {'; '.join(parts[:_MOST_GROUPS])}"
    if not hidden:
        return line
    counts = {kind: sum(len(names) for (_, other), names in hidden if other == kind) for kind in ("track", "clip")}
    more = listed([f"{count} more {kind}{'s' * (count > 1)}" for kind, count in counts.items() if count])
    return f"{line}; and those of {more}{f' ({hint})' if hint else ''}"


def gain_line(timeline: Timeline, clip_ids: Collection[str]) -> str | None:
    """Return one line that names the clips whose moving gain is rendered into their stems; None for no such clip."""
    ids = frozenset(clip_ids)
    names = [clip.name for _, clip in timeline.clips() if clip.id in ids and clip.gain_curve is not None]
    if not names:
        return None
    owner = "its" if len(names) == 1 else "their"
    return f"gain automation of {_counted('clip', names)} is rendered into {owner} stems"


def _owners(timeline: Timeline, clip_ids: Collection[str]) -> Iterator[DifferenceOwner]:
    for track in timeline.tracks:
        clips = [clip for clip in track.clips if clip.id in clip_ids]
        if clips and track.differences:
            yield DifferenceOwner("track", track.name, track.differences)
        yield from (DifferenceOwner("clip", clip.name, clip.differences) for clip in clips if clip.differences)


def _kind_words(kind: DifferenceKind, names: Collection[str]) -> str:
    unique = frozenset(names)
    return f"{kind}{'s' * (len(unique) > 1)}{' ' * bool(unique)}{quoted(names, _MOST_NAMES)}"


def _counted(kind: str, names: Collection[str]) -> str:
    return f"{kind}{'s' * (len(names) > 1)} {quoted(names, _MOST_NAMES)}"
