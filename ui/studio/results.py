"""What jobs said about takes: facts, kept by take, that undo never takes away."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.render_settings import RenderSettings


@dataclass(frozen=True, slots=True)
class Presence:
    """Where each sound is: `values` per sound, `step_seconds` apart from `first_seconds` of the file on.

    found : whether it is there.     unsure : whether that is a "may be".
    """

    queries: tuple[str, ...]
    found: tuple[bool, ...]
    share_db: tuple[float, ...]
    first_seconds: float
    step_seconds: float
    values: tuple[tuple[float, ...], ...]
    unsure: tuple[bool, ...] = ()

    @classmethod
    def from_job(cls, plain: Mapping[str, Any]) -> "Presence":
        """From a `heard` event, or a job's result."""
        return cls(
            tuple(plain["queries"]),
            tuple(plain["found"]),
            tuple(float(share) for share in plain["share_db"]),
            float(plain["first_seconds"]),
            float(plain["step_seconds"]),
            tuple(tuple(float(value) for value in row) for row in plain["values"]),
            tuple(plain.get("unsure", ())),
        )


@dataclass(frozen=True, slots=True)
class StemFiles:
    """What a job wrote: stems in the order of the wanted sounds."""

    render: RenderSettings
    stems: tuple[Path, ...]
    residual: Path | None = field(metadata={"stored": "rest"})
    receipt: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All sounds."""
        return (*self.stems, *([self.residual] if self.residual is not None else []))


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A job that is on its way; `job` is None until the worker has named it.

    kept : it writes where the user wants finals, not into the panel's own folder.
    """

    render: RenderSettings
    kept: bool
    job: str | None = None


@dataclass(frozen=True, slots=True)
class TakeResult:
    """What is known of a take. `files` are the newest there are, to listen to; `error` is why the last job gave none.

    job : the last one's id.     kept : the newest files that lie where the user wants finals.
    refused : the settings that `error` is about.
    handed_out : kept files were placed, dragged or exported, and are never written over.
    regions : per wanted sound, (start, stop) in seconds of the file.     provider : what it ran on.
    done : 0..1 of the pending job; None where nothing is said.
    """

    pending: PendingJob | None = None
    job: str | None = None
    files: StemFiles | None = None
    kept: StemFiles | None = None
    presence: Presence | None = None
    regions: tuple[tuple[tuple[float, float], ...], ...] = ()
    error: str | None = None
    refused: RenderSettings | None = None
    provider: str | None = None
    done: float | None = None
    stage: str | None = None
    handed_out: bool = False

    @property
    def state(self) -> str:
        """One word: waiting, running, done, failed, or nothing."""
        if self.pending is not None and self.files is None:
            return "running" if self.done is not None else "waiting"
        if self.error is not None:
            return "failed"
        return "done" if self.files is not None else "nothing"


Results = Mapping[str, TakeResult]
"""Take id -> what is known."""


def finished(result: TakeResult, plain: Mapping[str, Any]) -> TakeResult:
    """The result with what a done job says (`Job.result`)."""
    pending = result.pending
    assert pending is not None
    residual, receipt = plain.get("rest"), plain.get("receipt")
    files = StemFiles(
        pending.render,
        tuple(Path(stem) for stem in plain["stems"]),
        None if residual is None else Path(residual),
        None if receipt is None else Path(receipt),
    )
    heard = result.files
    stems = plain["record"].get("stems", ())
    return replace(
        result,
        pending=None,
        files=heard if pending.kept and heard is not None and heard.render == files.render else files,
        kept=files if pending.kept else result.kept,
        presence=Presence.from_job(plain["presence"]),
        regions=tuple(tuple((float(a), float(b)) for a, b, *_ in stem["present"]) for stem in stems),
        error=None,
        refused=None,
        provider=plain.get("provider"),
        done=None,
        stage=None,
        handed_out=False if pending.kept else result.handed_out,
    )


def failed(result: TakeResult, message: str) -> TakeResult:
    """The result after its job ended without files; older files stay."""
    refused = None if result.pending is None else result.pending.render
    return replace(result, pending=None, error=message, refused=refused, done=None, stage=None)


def error_of(result: TakeResult, render: RenderSettings) -> str | None:
    """Why there are no stems with these settings; None where that was about others (a mode the model lacks)."""
    return result.error if result.refused in (None, render) else None


def take_of_job(results: Results, job: str) -> str | None:
    """The take whose pending job this is."""
    for take, result in results.items():
        if result.pending is not None and result.pending.job == job:
            return take
    return None
