"""A clip of a batch on the timeline: its take, with the stems that the batch wrote."""

from dataclasses import replace

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.reconcile import stem_settings
from flowsep_ui.studio.results import PendingJob, TakeResult, finished
from flowsep_ui.studio.takes import with_ready_take
from flowsep_ui.studio.workspace import Take, Workspace, WorkspaceSelection

from .batch_clips import BatchClip


def batch_take(workspace: Workspace, content: DocumentContent, clip: BatchClip) -> tuple[Take, TakeResult]:
    """Return the take of a clip that is done, for the document in front, and its result.

    Raises UsageError where the document no longer has the clip.
    """
    track, _ = content.timeline.find(clip.take.clip)
    assert clip.result is not None
    take = replace(clip.take, document=workspace.front_id or "", track=track.id)
    take = with_ready_take(workspace, take).takes[-1]
    pending = PendingJob(stem_settings(workspace, take), is_final=True, job=clip.job)
    result = finished(TakeResult(pending=pending, job=clip.job), clip.result)
    return take, result


def with_batch_take(workspace: Workspace, content: DocumentContent, take: Take) -> Workspace:
    """Return the workspace with the take under its clip, its queries in the panel, and the clip selected."""
    track, clip = content.timeline.find(take.clip)
    selected = WorkspaceSelection(clip.place, clip.id, (track.id,))
    return replace(with_ready_take(workspace, take), queries=take.queries, selected=selected)
