"""The clips of a batch as values: from a folder or a session, to jobs, to results.

folder_clips | session_clips ─► with_sounds ─► batch_spec ─► worker ─► after_job
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from flowsep_ui.studio.document_content import STEM_FOLDER, DocumentContent
from flowsep_ui.studio.documents import file_clip_id
from flowsep_ui.studio.queries import QueryRow, split_by_role
from flowsep_ui.studio.results import StemSettings
from flowsep_ui.studio.takes import ClipPart, file_span, job_spec
from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import Document, Take

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.batch import BatchItem, Outcome
from flowsep_plugin.jobs.batch.manifest import audio_files
from flowsep_plugin.jobs.batch.report import rows
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.timeline.media import probe_media

BatchState: TypeAlias = Literal["new", "waiting", "running", "paused", "done", "failed", "cancelled"]
OPEN_STATES: Final[tuple[BatchState, ...]] = ("waiting", "running", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClip:
    """A file, or a clip of a session, in a batch.

    key : of its own in the set.     path : the file or session to open.     take : what is separated, with its queries;
    the ids of document and track are of the time when it was added.     out : folder for the stems.
    job : id of its job, None before the worker has answered.     done : fraction 0..1 of the running job.
    error : why it failed, with the `setting` that helps.     result : `Job.result` without curves.
    rows : one per sound, in the columns of a batch report.     run_seconds : duration of its job.
    """

    key: str
    name: str
    path: Path
    take: Take
    out: Path
    state: BatchState = "new"
    job: str | None = None
    done: float | None = None
    error: str | None = None
    setting: str | None = None
    result: Mapping[str, Any] | None = None
    rows: tuple[Mapping[str, Any], ...] = field(default=())
    run_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """Length of the separated sound in seconds."""
        return self.take.covers.frames / self.take.covers.rate


def folder_clips(folder: Path, out: Path | None = None) -> tuple[BatchClip, ...]:
    """Return a clip for every audio file below `folder`, by path; unreadable files are failed clips.

    Stems go to the same places below `out`, or below "FlowSep" in `folder`, which is skipped. Raises UsageError where
    the folder holds no audio.
    """
    folder = folder.absolute()
    base = (out or folder / STEM_FOLDER).absolute()
    paths = sorted(audio_files(folder, base))
    if not paths:
        text = translate("Batch", "{0} holds no audio files; choose another folder.")
        raise UsageError(text.format(folder))
    return tuple(
        _file_clip(path, str(path.relative_to(folder)), base / path.relative_to(folder).parent) for path in paths
    )


def session_clips(
    document: Document, content: DocumentContent, parts: Iterable[ClipPart], out: Path | None = None
) -> tuple[BatchClip, ...]:
    """Return a clip for every part of the open document whose audio is a file."""
    clips = []
    for part in parts:
        file, clip = content.audio_files.get(part.clip.id), part.clip
        if file is None or (clip.media is not None and clip.media.member is not None):
            continue
        take = Take(
            id="", number=1, document=document.id, clip=clip.id, input=file, covers=file_span(part, file),
            within=part.within, queries=(), channels=clip.channels,
            stream=None if clip.media is None else clip.media.stream,
        )  # fmt: skip
        path = document.paths[0] if document.kind == "session" else file
        name = f"{path.name}: {clip.name}" if document.kind == "session" else clip.name
        clips.append(
            BatchClip(key=_key(path, take), name=name, path=path, take=take, out=(out or content.out).absolute())
        )
    return tuple(clips)


def with_sounds(clip: BatchClip, queries: Sequence[QueryRow], model: str, device: str) -> BatchClip:
    """Return a clip that waits for its job, with its sounds. Raises UsageError where no sound would get a stem."""
    stems, negatives = split_by_role(queries)
    if not stems:
        raise UsageError(translate("Batch", "Type the sounds to separate first, or choose a preset."))
    take = replace(clip.take, queries=(*stems, *negatives), model=model, device=device)
    return replace(clip, take=take, state="waiting", error=None, setting=None, result=None, rows=())


def batch_spec(clip: BatchClip) -> JobSpec:
    """Return the job of a clip that has sounds."""
    return job_spec(clip.take, clip.out, StemSettings(tuple(query.render for query in clip.take.stem_queries)))


def after_job(clip: BatchClip, job: Job) -> BatchClip:
    """Return the clip after its job has changed."""
    if job.state == "done" and job.result is not None:
        outcome = Outcome(BatchItem(clip.name, job.spec), job.result)
        run_seconds = job.finished - job.started if job.finished and job.started else clip.run_seconds
        return replace(
            clip, state="done", job=job.id, done=None, error=None, setting=None, result=without_curves(job.result),
            rows=tuple(rows([outcome])), run_seconds=run_seconds,
        )  # fmt: skip
    if job.state == "failed":
        return refused(replace(clip, job=job.id), job.error)
    if job.state == "cancelled":
        return replace(clip, state="cancelled", job=job.id, done=None)
    state: BatchState = "paused" if job.paused else "running" if job.state == "running" else "waiting"
    return replace(clip, state=state, job=job.id, done=clip.done if state != "waiting" else None)


def refused(clip: BatchClip, error: JobError | None) -> BatchClip:
    """Return the clip after its job failed or was not accepted."""
    message = translate("Batch", "the worker gave no reason") if error is None else error.message
    setting = None if error is None else error.setting
    return replace(clip, state="failed", done=None, error=message, setting=setting)


def without_curves(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a job's result without the presence over time, which is most of its size, and what no view needs."""
    record = {name: result["record"][name] for name in ("stems", "null_db", "notes") if name in result["record"]}
    presence = {**result["presence"], "values": []}
    return {**result, "record": record, "presence": presence}


def _file_clip(path: Path, name: str, out: Path) -> BatchClip:
    media = probe_media(path)
    is_readable = bool(media.rate and media.frames)
    covers = Span(0, media.file_frames or 0, media.rate or 1)
    take = Take(
        id="", number=1, document="", clip=file_clip_id(path), input=path, covers=covers, within=None, queries=()
    )
    clip = BatchClip(key=_key(path, take), name=name, path=path, take=take, out=out)
    return clip if is_readable else replace(clip, state="failed", error=translate("Batch", "cannot be read as audio"))


def _key(path: Path, take: Take) -> str:
    return f"{path}|{take.clip}|{take.covers.start}|{take.covers.frames}"
