"""A job as the queue knows it.

queued ──► running ──► done
  ▲  │        ├──────► failed      (parked, if the engine process ended under it twice)
  │  └────────┴──────► cancelled
  └── retry; or submitted again after failed, cancelled, or done with files that have changed
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from flowsep_plugin.errors import EngineError, FlowsepError, error_class

from .spec import JobSpec

JobState: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
JOB_STATES: tuple[JobState, ...] = ("queued", "running", "done", "failed", "cancelled")
ENDED_STATES: tuple[JobState, ...] = ("done", "failed", "cancelled")

MOST_CRASHES = 2
"""A job is parked after the engine process has ended under it this many times."""

MOST_INTERRUPTIONS = 5
"""A job is parked after the worker has ended under it this many times (kill -9, power, a frozen machine)."""


@dataclass(frozen=True, slots=True)
class JobError:
    """An error as plain values that cross processes: class name, message, exit code and setting of a `FlowsepError`.

    kind : class in `flowsep_plugin.errors`.     message : one sentence with the way out.
    exit_code : what the command line ends with.     parked : the queue does not try the job again by itself.
    setting : setting to change, where one helps.
    """

    kind: str
    message: str
    exit_code: int = 5
    parked: bool = False
    setting: str | None = None

    @classmethod
    def of(cls, error: BaseException, *, parked: bool = False) -> "JobError":
        """Return the values of `error`; an exception that is not a `FlowsepError` is marked as unexpected."""
        text = str(error) or "no details are known"
        if not isinstance(error, FlowsepError):
            return cls(type(error).__name__, f"unexpected: {text}", FlowsepError.exit_code, parked)
        return cls(type(error).__name__, text, error.exit_code, parked, error.setting)

    def exception(self) -> FlowsepError:
        """Return an error of the class that `kind` names, to be raised; EngineError for a class that is not ours."""
        return error_class(self.kind, EngineError)(self.message, setting=self.setting)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the API; `JobError(**plain)` is the inverse."""
        plain = asdict(self)
        if self.setting is None:
            del plain["setting"]
        return plain


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its state: one row of the queue.

    id : hash of clip, request, model and destination.     state : queued, running, done, failed or cancelled.
    spec : what was submitted.     position : order in the queue; the lowest is run first.
    paused : not to be started or, where it is running, waiting between two flow steps.
    crashes : how often the engine process ended under it.     interruptions : how often the worker did.
    error : why it failed.
    result : paths of the files (`stems`, `rest`, `receipt`, `files`) and the receipt's content (`record`); None before
    the job is done.
    created, started, finished : seconds since 1970, for display; the queue decides nothing by them.
    """

    id: str
    state: JobState
    spec: JobSpec
    position: int
    paused: bool = False
    crashes: int = 0
    interruptions: int = 0
    error: JobError | None = None
    result: Mapping[str, Any] | None = None
    created: float = 0.0
    started: float | None = None
    finished: float | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the job is done, failed or cancelled; only a retry changes that."""
        return self.state in ENDED_STATES

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the API; `from_json` is the inverse."""
        error = self.error
        return {
            "id": self.id,
            "state": self.state,
            "position": self.position,
            "held": self.paused,
            "crashes": self.crashes,
            "interruptions": self.interruptions,
            "error": None if error is None else error.as_json(),
            "result": self.result,
            "created": self.created,
            "started": self.started,
            "finished": self.finished,
            "spec": self.spec.as_json(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Job":
        """Return the job that `as_json` wrote. Raises UsageError where its spec is invalid."""
        error, values = plain["error"], {_FIELDS.get(name, name): value for name, value in plain.items()}
        values["spec"] = JobSpec.from_json(plain["spec"])
        values["error"] = None if error is None else JobError(**error)
        return cls(**values)


_FIELDS = {"held": "paused"}
"""Name in JSON -> field of `Job`, where they differ."""
