"""Results of takes, as jobs report them: facts that undo does not change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.render_settings import RenderSettings

from .texts import ErrorText, setting_of


@dataclass(frozen=True, slots=True)
class Presence:
    """Presence of every query over time: `values`, 0..1, every `step_seconds` from `first_seconds` of the file on.

    possible : where the sound may be, as `values`, which say where it is heard; empty from older jobs.

    found : whether the query's sound is in the clip.     unsure : whether that means "may be there".
    share_db : its level relative to the clip, dB.     labels : the model's labels nearest to each query, empty for a
    model without labels.     far : whether the query is far from all of them.
    understood : what each query means in English, "" for one that the model got as it is; empty where all are.
    """

    queries: tuple[str, ...]
    found: tuple[bool, ...]  # language: the glossary's answer about a query, and the key in the worker's JSON
    share_db: tuple[float, ...]
    first_seconds: float
    step_seconds: float
    values: tuple[tuple[float, ...], ...]
    unsure: tuple[bool, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    far: tuple[bool, ...] = ()
    possible: tuple[tuple[float, ...], ...] = ()
    understood: tuple[str, ...] = ()

    @classmethod
    def from_job(cls, plain: Mapping[str, Any]) -> "Presence":
        """Return the presence from the JSON of a `heard` event or of a job's result.

        While the estimate grows (`until_seconds`), a sound that was not found yet may still come: `found` is empty.
        """
        is_whole = plain.get("until_seconds") is None
        return cls(
            queries=tuple(plain["queries"]),
            found=tuple(plain["found"]) if is_whole else (),
            share_db=tuple(float(share) for share in plain["share_db"]),
            first_seconds=float(plain["first_seconds"]),
            step_seconds=float(plain["step_seconds"]),
            values=tuple(tuple(float(value) for value in row) for row in plain["values"]),
            unsure=tuple(plain.get("unsure", ())),
            labels=tuple(tuple(labels) for labels in plain.get("labels", ())),
            far=tuple(plain.get("far", ())),
            possible=tuple(tuple(float(value) for value in row) for row in plain.get("possible", ())),
            understood=tuple("" if one is None else str(one["caption"]) for one in plain.get("understood_as", ())),
        )


@dataclass(frozen=True, slots=True)
class StemSettings:
    """Settings that the stems of a job are written with: `render` by stem, in the order of the queries.

    keep_absent : texts of the queries whose stems are written even where their sound is not found.
    """

    render: tuple[RenderSettings, ...]
    keep_absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StemFiles:
    """The files of a job: stems in the order of the queries, None where a sound was not found; residual, receipt."""

    settings: StemSettings
    stems: tuple[Path | None, ...]
    residual: Path | None = field(metadata={"stored": "rest"})
    receipt: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The audio files: stems, then the residual."""
        return tuple(path for path in (*self.stems, self.residual) if path is not None)

    @property
    def all_paths(self) -> tuple[Path, ...]:
        """All files: the audio files and the receipt."""
        return (*self.paths, *([] if self.receipt is None else [self.receipt]))


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A submitted job that has not ended; `job` is its id, None until the worker has answered.

    is_final : it writes into the folder for final stems, not into the panel's own.
    """

    settings: StemSettings
    is_final: bool = field(metadata={"stored": "kept"})
    job: str | None = None


@dataclass(frozen=True, slots=True)
class TakeResult:
    """State of a take: its newest `files`, to listen to, and why its last job failed (`error`).

    pending : the job under way.     job : id of the last job.     final_files : in the folder for stems.
    regions : per query, (start, stop) in seconds of the file.
    cancelled : the last job was cancelled, which is no failure.     refused : the settings of the failed or cancelled
    job; None: all.     setting : the setting that helps with `error`, as in `FlowsepError.setting`.
    notes : remarks of the receipt.
    provider : the execution provider.     done : fraction 0..1 of the pending job, None if unknown.
    handed_out : final files were placed, dragged or exported, so they are never overwritten.
    """

    pending: PendingJob | None = None
    job: str | None = None
    files: StemFiles | None = None
    final_files: StemFiles | None = field(default=None, metadata={"stored": "kept"})
    presence: Presence | None = None
    regions: tuple[tuple[tuple[float, float], ...], ...] = ()
    error: str | None = None
    refused: StemSettings | None = None
    setting: str | None = None
    notes: tuple[str, ...] = ()
    provider: str | None = None
    done: float | None = None
    handed_out: bool = False
    cancelled: bool = False

    @property
    def state(self) -> str:
        """One of "waiting", "running", "done", "failed", "cancelled", and "nothing" before the first job."""
        if self.pending is not None and self.files is None:
            return "running" if self.done is not None else "waiting"
        if self.error is not None:
            return "failed"
        if self.cancelled and self.files is None:
            return "cancelled"
        return "done" if self.files is not None else "nothing"

    @property
    def can_be_retried(self) -> bool:
        """Whether the last job failed or was cancelled, and none is under way."""
        return self.pending is None and (self.error is not None or self.cancelled)


Results = Mapping[str, TakeResult]
"""Take id -> its result."""


def finished(result: TakeResult, plain: Mapping[str, Any]) -> TakeResult:
    """Return the result after its pending job is done; `plain` is `Job.result`."""
    pending = result.pending
    assert pending is not None
    residual, receipt = plain.get("rest"), plain.get("receipt")
    files = StemFiles(
        settings=pending.settings,
        stems=tuple(None if stem is None else Path(stem) for stem in plain["stems"]),
        residual=None if residual is None else Path(residual),
        receipt=None if receipt is None else Path(receipt),
    )
    newest = result.files
    stems = plain["record"].get("stems", ())
    return replace(
        result,
        pending=None,
        files=newest if pending.is_final and newest is not None and newest.settings == files.settings else files,
        final_files=files if pending.is_final else result.final_files,
        presence=Presence.from_job(plain["presence"]),
        regions=tuple(tuple((float(a), float(b)) for a, b, *_ in stem["present"]) for stem in stems),
        error=None,
        cancelled=False,
        refused=None,
        setting=None,
        notes=tuple(plain["record"].get("notes", ())),
        provider=plain.get("provider"),
        done=None,
        handed_out=False if pending.is_final else result.handed_out,
    )


def failed(result: TakeResult, message: str) -> TakeResult:
    """Return the result after its job ended without files, for the reason `message`; older files stay."""
    refused = None if result.pending is None else result.pending.settings
    return replace(
        result,
        pending=None,
        error=str(message),
        cancelled=False,
        refused=refused,
        setting=setting_of(message),
        done=None,
    )


def with_cancelled(result: TakeResult) -> TakeResult:
    """Return the result after its job was cancelled: no error, and the files of before stay."""
    return replace(failed(result, ""), error=None, cancelled=True)


def retried(result: TakeResult) -> TakeResult:
    """Return the result without the end of its last job, so that it is submitted once more."""
    return replace(result, error=None, cancelled=False, refused=None, setting=None)


def progressed(result: TakeResult, done: float | None) -> TakeResult:
    """Return the result with the progress of its pending job, which never goes back."""
    if result.done is not None:
        done = result.done if done is None else max(done, result.done)
    return replace(result, done=done)


def error_of(result: TakeResult, settings: StemSettings) -> str | None:
    """Return the `ErrorText` that applies to `settings`; None where it was about other settings, such as a mode."""
    if result.error is None or result.refused not in (None, settings):
        return None
    return ErrorText(result.error, result.setting)


def has_stopped(result: TakeResult, settings: StemSettings) -> bool:
    """Return whether a job with `settings` failed or was cancelled, so that it is not submitted by itself again."""
    return (result.error is not None or result.cancelled) and result.refused in (None, settings)


def superseded_files(results: Results, take: str, before: TakeResult) -> tuple[Path, ...]:
    """Return the final files of a take before its last job that its final files of now replace under other names.

    None where they were handed out, or where another take has them, too.
    """
    old, new = before.final_files, results.get(take, TakeResult()).final_files
    if old is None or new is None or before.handed_out:
        return ()
    in_use = {path for result in results.values() if result.final_files for path in result.final_files.all_paths}
    return tuple(path for path in old.all_paths if path not in in_use)


def take_of_job(results: Results, job: str) -> str | None:
    """Return the id of the take whose pending job is `job`; None where there is none."""
    for take, result in results.items():
        if result.pending is not None and result.pending.job == job:
            return take
    return None
