"""The clip and take that actions refer to: the selected one, else the newest."""

from flowsep_plugin.timeline import ClipRef

from .document_content import DocumentContent
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
