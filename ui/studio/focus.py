"""Which clip and take are meant by "this one": what is selected, else what was made last."""

from flowsep_plugin.timeline import ClipRef

from .document_content import DocumentContent
from .results import Presence, TakeResult
from .workspace import Take, Workspace


def focused_clip(workspace: Workspace, content: DocumentContent | None) -> ClipRef | None:
    """The selected clip, the first one that the range touches, the draft's, the newest take's, or the only one."""
    if content is None:
        return None
    clips = [(track, clip) for track, clip in content.timeline.clips()]
    selected = workspace.selected
    if selected is not None:
        for track, clip in clips:
            if clip.id == selected.clip:
                return clip
            touches = bool(clip.place.intersect(selected.span).frames)
            if selected.clip is None and touches and (not selected.tracks or track.id in selected.tracks):
                return clip
        return None
    made = [take.clip for take in workspace.takes if take.document == workspace.shown]
    if workspace.draft is not None and workspace.draft.document == workspace.shown:
        made.append(workspace.draft.clip)
    wanted = made[-1] if made else clips[0][1].id if len(clips) == 1 else None
    return next((clip for _, clip in clips if clip.id == wanted), None)


def focused_take(workspace: Workspace, content: DocumentContent | None) -> Take | None:
    """The take whose stems lie under the clip that is meant."""
    clip = focused_clip(workspace, content)
    if clip is None or workspace.shown is None:
        return None
    return workspace.current_take(workspace.shown, clip.id)


def presence_texts(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Per wanted sound, what was heard of it: "3× · -8 dB", "perhaps · 1× · -14 dB", "not found", or nothing yet."""
    presence = result.presence
    if presence is None:
        return tuple("" for _ in take.queries)
    return tuple(_found(presence, result, index) for index in range(len(take.queries)))


def _found(presence: Presence, result: TakeResult, index: int) -> str:
    if index >= len(presence.found):
        return ""
    if not presence.found[index]:
        return "not found"
    places = len(result.regions[index]) if index < len(result.regions) else 0
    share = f"{presence.share_db[index]:.0f} dB"
    unsure = index < len(presence.unsure) and presence.unsure[index]
    return " · ".join([*(["perhaps"] if unsure else []), *([f"{places}×"] if places else []), share])


def missing_queries(take: Take, result: TakeResult) -> tuple[str, ...]:
    """The wanted sounds that are not in the clip, as far as the model can tell."""
    presence = result.presence
    if presence is None:
        return ()
    return tuple(sound.text for sound, found in zip(take.queries, presence.found, strict=False) if not found)
