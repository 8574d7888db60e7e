"""The lanes of a document: the stems of its tracks, one lane for each track and sound.

workspace + content + results ─► lanes_of ─► scene (what is drawn), program (what is played), export, placement

Placing shares tracks in the same way: all stems of one track and sound are on one track. A draft has lanes of its own,
beside those of finished takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.timeline import ClipRef, Track

from .document_content import DocumentContent
from .results import Results, StemFiles, TakeResult
from .takes import timeline_span
from .texts import translate
from .workspace import Take, Workspace

PRINT_MARK: Final = " [fx]"
"""End of the name of a stem that was written through effects."""

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
    is_placed : its stems are clips of the document, which other tracks of it show and play.
    """

    id: str
    track: str
    kind: StudioLaneKind
    title: str
    colour: int | None
    stems: tuple[LaneStem, ...]
    mix: LaneMix = field(default_factory=LaneMix)
    chain: EffectChain = field(default_factory=EffectChain)
    is_placed: bool = False

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
    paths = {clip.media.path for _, clip in content.timeline.clips() if clip.media is not None}
    used = frozenset(dry_stem(path) for path in paths)
    return {track.id: tuple(_track_lanes(workspace, track, results, used)) for track in content.timeline.tracks}


def all_lanes(lanes: Mapping[str, tuple[StudioLane, ...]]) -> tuple[StudioLane, ...]:
    """Return the lanes of all tracks from top to bottom."""
    return tuple(lane for of_track in lanes.values() for lane in of_track)


def find_lane(lanes: Mapping[str, tuple[StudioLane, ...]], name: str) -> StudioLane | None:
    """Return the lane of that id; None where there is none."""
    return next((lane for lane in all_lanes(lanes) if lane.id == name), None)


def final_file(stem: LaneStem) -> Path | None:
    """Return the final file of a stem, in the folder for stems; None where there is none yet."""
    return _file(stem.result.final_files, stem.index)


def dry_stem(path: Path) -> Path:
    """Return the dry stem beside a print, "NAME [fx].wav" -> "NAME.wav"; another path as it is."""
    return path.with_name(path.stem.split(PRINT_MARK)[0] + path.suffix) if PRINT_MARK in path.stem else path


def with_forced(workspace: Workspace, lane: str) -> Workspace:
    """Return the workspace with the stems of a lane written although its sound was not found."""
    return workspace if lane in workspace.forced else replace(workspace, forced=(*workspace.forced, lane))


def has_solo(workspace: Workspace, lanes: Mapping[str, tuple[StudioLane, ...]]) -> bool:
    """Return whether a track or lane of the document in front is in solo."""
    tracks = (track_mix(workspace, track) for track in lanes)
    return any(mix.solo for mix in (*(lane.mix for lane in all_lanes(lanes)), *tracks))


def is_audible(mix: LaneMix, track: LaneMix, *, any_solo: bool) -> bool:
    """Return whether a lane with `mix` is heard on a track with mix `track`; for a track itself, pass its mix twice.

    A mute of either silences it. Where anything is in solo, only lanes and tracks in solo are heard.
    """
    return not (mix.mute or track.mute) and (mix.solo or track.solo or not any_solo)


def _track_lanes(workspace: Workspace, track: Track, results: Results, used: frozenset[Path]) -> Iterator[StudioLane]:
    front = workspace.front_id
    assert front is not None
    separated = [
        (clip, take)
        for clip in track.clips
        if (take := workspace.take(workspace.current.get(f"{front}/{clip.id}", ""))) is not None and not take.draft
    ]
    yield from _stem_lanes(workspace, track, separated, results, used)
    if separated:
        name = track_lane_id(front, track.id, None)
        stems = tuple(_stem(take, clip, None, results, is_forced=False) for clip, take in separated)
        yield _lane(workspace, name, track, "rest", translate("Studio", "Rest"), None, stems, used)
    draft = workspace.draft
    if draft is not None and draft.document == front:
        drafts = [(clip, draft) for clip in track.clips if clip.id == draft.clip]
        new = _new_sounds(draft, [take for clip, take in separated if clip.id == draft.clip])
        for lane in _stem_lanes(workspace, track, drafts, results, used, draft=True):
            if lane.title in new:
                yield lane


def _new_sounds(draft: Take, takes: Iterable[Take]) -> frozenset[str]:
    """Return the sounds of a draft that no finished take of its clip has; all of them where it has no other."""
    texts = [query.text for query in draft.stem_queries]
    old = {query.text.casefold() for take in takes for query in take.stem_queries}
    return frozenset([text for text in texts if text.casefold() not in old] or texts)


def _stem_lanes(
    workspace: Workspace,
    track: Track,
    separated: Iterable[tuple[ClipRef, Take]],
    results: Results,
    used: frozenset[Path],
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
        kind: StudioLaneKind = "draft" if draft else "stem"
        yield _lane(workspace, name, track, kind, newest.text, newest.colour, tuple(of_lane), used)


def _lane(
    workspace: Workspace,
    name: str,
    track: Track,
    kind: StudioLaneKind,
    title: str,
    colour: int | None,
    stems: tuple[LaneStem, ...],
    used: frozenset[Path],
) -> StudioLane:
    finals = [path for stem in stems if not stem.is_missing and (path := final_file(stem)) is not None]
    is_placed = bool(finals) and used.issuperset(finals)
    mix = workspace.mixes.get(name, LaneMix())
    chain = workspace.chains.get(name, EffectChain())
    return StudioLane(name, track.id, kind, title, colour, stems, mix, chain, is_placed)


def _stem(take: Take, clip: ClipRef, index: int | None, results: Results, *, is_forced: bool) -> LaneStem:
    result = results.get(take.id, TakeResult())
    files = result.files
    answers = () if result.presence is None else result.presence.found
    is_missing = index is not None and index < len(answers) and not answers[index] and not is_forced
    path = None if is_missing else _file(files, index)
    return LaneStem(take, result, clip, index, timeline_span(take, clip), path, is_missing)


def _file(files: StemFiles | None, index: int | None) -> Path | None:
    if files is None:
        return None
    return files.residual if index is None else files.stems[index] if index < len(files.stems) else None
