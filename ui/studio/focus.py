"""The clip and take that actions refer to: the selected one, else the newest."""

from flowsep_plugin.timeline import ClipRef

from .document_content import DocumentContent
from .results import Presence, TakeResult
from .texts import translate
from .workspace import Take, Workspace


def focused_clip(workspace: Workspace, content: DocumentContent | None) -> ClipRef | None:
    """Return the clip that actions refer to; None where there is none.

    The selected clip, else the first in the selected span; without a selection the draft's, newest take's or only clip.
    """
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
    separated = [take.clip for take in workspace.takes if take.document == workspace.front_id]
    if workspace.draft is not None and workspace.draft.document == workspace.front_id:
        separated.append(workspace.draft.clip)
    newest = separated[-1] if separated else clips[0][1].id if len(clips) == 1 else None
    return next((clip for _, clip in clips if clip.id == newest), None)


def focused_take(workspace: Workspace, content: DocumentContent | None) -> Take | None:
    """Return the take shown under the focused clip; None where there is none."""
    clip = focused_clip(workspace, content)
    if clip is None or workspace.front_id is None:
        return None
    return workspace.current_take(workspace.front_id, clip.id)


def focused_draft(workspace: Workspace, content: DocumentContent | None) -> Take | None:
    """Return the draft of the focused clip; None where there is none."""
    clip, draft = focused_clip(workspace, content), workspace.draft
    if clip is None or draft is None or (draft.document, draft.clip) != (workspace.front_id, clip.id):
        return None
    return draft


def presence_texts(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return a text per query about its presence: "3× · -8 dB", "may be there · 1× · -14 dB", "not found", ""."""
    presence = result.presence
    if presence is None:
        return tuple("" for _ in take.stem_queries)
    return tuple(_presence_text(presence, result, index) for index in range(len(take.stem_queries)))


def _presence_text(presence: Presence, result: TakeResult, index: int) -> str:
    if index >= len(presence.found):
        return ""
    if not presence.found[index]:
        return translate("Studio", "not found")
    places = len(result.regions[index]) if index < len(result.regions) else 0
    share = f"{presence.share_db[index]:.0f} dB"
    unsure = index < len(presence.unsure) and presence.unsure[index]
    doubt = [translate("Studio", "may be there")] if unsure else []
    return " · ".join([*doubt, *([f"{places}×"] if places else []), share])


def missing_queries(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return the texts of the queries that the model did not find in the clip; empty while nothing is known."""
    presence = result.presence
    if presence is None:
        return ()
    return tuple(query.text for query, is_found in zip(take.stem_queries, presence.found, strict=False) if not is_found)
