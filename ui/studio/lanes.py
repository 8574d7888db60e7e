"""The lanes of a document: the stems of its tracks, one lane for each track and sound.

workspace + content + results ─► lanes_of ─► scene (what is drawn), program (what is played), export, placement

Placing shares tracks in the same way: all stems of one track and sound are on one track. A draft has lanes of its own,
beside those of finished takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.timeline import ClipRef, Track

from .document_content import DocumentContent
from .results import Results, TakeResult
from .takes import timeline_span
from .texts import translate
from .workspace import Take, Workspace

StudioLaneKind: TypeAlias = Literal["stem", "rest", "draft"]


@dataclass(frozen=True, slots=True)
class LaneStem:
    """A stem in a lane.

    index : among the take's `stem_queries`; None for the residual.     place : on the timeline, at the document's rate.
    path : its file; None while its job runs, and where its sound was not found.
    is_missing : its sound was not found, so there is no file.
    """

    take: Take
    result: TakeResult
    clip: ClipRef
    index: int | None
    place: Span
    path: Path | None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class StudioLane:
    """All shown stems of one track and sound.

    title : the query, or "Rest".     colour : number of the query's colour; None for the residual.
    mix, chain : solo, mute, gain and effects of the lane.
    """

    id: str
    track: str
    kind: StudioLaneKind
    title: str
    colour: int | None
    stems: tuple[LaneStem, ...]
    mix: LaneMix = field(default_factory=LaneMix)
    chain: EffectChain = field(default_factory=EffectChain)

    @property
    def is_missing(self) -> bool:
        """Whether the sound was found in none of its clips: a thin row without files."""
        return all(stem.is_missing for stem in self.stems)


def track_lane_id(document: str, track: str, text: str | None, *, draft: bool = False) -> str:
    """Return the id of the lane of a sound on a track; `text` None: the residual. Letter case does not matter."""
    sound = "rest" if text is None else f"sound {text.casefold()}"
    return f"{document}\n{track}\n{'draft ' if draft else ''}{sound}"


def track_key(document: str, track: str) -> str:
    """Return the key of a track in `Workspace.mixes`."""
    return f"{document}\n{track}"


def track_mix(workspace: Workspace, track: str) -> LaneMix:
    """Return solo, mute and gain of a track of the document in front."""
    return workspace.mixes.get(track_key(workspace.front_id or "", track), LaneMix())


def lanes_of(
    workspace: Workspace, content: DocumentContent | None, results: Results
) -> Mapping[str, tuple[StudioLane, ...]]:
    """Return the lanes of every track of the document in front by track id: stems, residual, then drafts."""
    if content is None or workspace.front_id is None:
        return {}
    return {track.id: tuple(_track_lanes(workspace, track, results)) for track in content.timeline.tracks}


def all_lanes(lanes: Mapping[str, tuple[StudioLane, ...]]) -> tuple[StudioLane, ...]:
    """Return the lanes of all tracks from top to bottom."""
    return tuple(lane for of_track in lanes.values() for lane in of_track)


def find_lane(lanes: Mapping[str, tuple[StudioLane, ...]], name: str) -> StudioLane | None:
    """Return the lane of that id; None where there is none."""
    return next((lane for lane in all_lanes(lanes) if lane.id == name), None)


def _track_lanes(workspace: Workspace, track: Track, results: Results) -> Iterator[StudioLane]:
    front = workspace.front_id
    assert front is not None
    separated = [
        (clip, take)
        for clip in track.clips
        if (take := workspace.take(workspace.current.get(f"{front}/{clip.id}", ""))) is not None and not take.draft
    ]
    yield from _stem_lanes(workspace, track, separated, results)
    if separated:
        name = track_lane_id(front, track.id, None)
        stems = tuple(_stem(take, clip, None, results, is_forced=False) for clip, take in separated)
        yield _lane(workspace, name, track, "rest", translate("Studio", "Rest"), None, stems)
    draft = workspace.draft
    if draft is not None and draft.document == front:
        drafted = [(clip, draft) for clip in track.clips if clip.id == draft.clip]
        yield from _stem_lanes(workspace, track, drafted, results, draft=True)


def _stem_lanes(
    workspace: Workspace,
    track: Track,
    separated: Iterable[tuple[ClipRef, Take]],
    results: Results,
    *,
    draft: bool = False,
) -> Iterator[StudioLane]:
    front = workspace.front_id or ""
    stems: dict[str, list[LaneStem]] = {}
    for clip, take in separated:
        for index, query in enumerate(take.stem_queries):
            name = track_lane_id(front, track.id, query.text, draft=draft)
            stems.setdefault(name, []).append(_stem(take, clip, index, results, is_forced=name in workspace.forced))
    for name, of_lane in stems.items():
        newest = of_lane[-1].take.stem_queries[of_lane[-1].index or 0]
        yield _lane(workspace, name, track, "draft" if draft else "stem", newest.text, newest.colour, tuple(of_lane))


def _lane(
    workspace: Workspace,
    name: str,
    track: Track,
    kind: StudioLaneKind,
    title: str,
    colour: int | None,
    stems: tuple[LaneStem, ...],
) -> StudioLane:
    mix = workspace.mixes.get(name, LaneMix())
    chain = workspace.chains.get(name, EffectChain())
    return StudioLane(name, track.id, kind, title, colour, stems, mix, chain)


def _stem(take: Take, clip: ClipRef, index: int | None, results: Results, *, is_forced: bool) -> LaneStem:
    result = results.get(take.id, TakeResult())
    files = result.files
    answers = () if result.presence is None else result.presence.found
    is_missing = index is not None and index < len(answers) and not answers[index] and not is_forced
    path = None
    if files is not None and not is_missing:
        path = files.residual if index is None else files.stems[index] if index < len(files.stems) else None
    return LaneStem(take, result, clip, index, timeline_span(take, clip), path, is_missing)
