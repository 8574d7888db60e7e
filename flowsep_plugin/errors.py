"""Every error that flowsep raises on purpose.

    FlowsepError                 exit code   HTTP   what went wrong
    ├── UsageError                   2        422   the request: an empty query, a span past the clip, an unknown name
    │   ├── NotFound                 2        404   no job has the given id
    │   └── Conflict                 2        409   not possible now: the job is running, another batch uses the folder
    ├── MediaError                   3        422   an audio file that cannot be read or written
    │   └── StorageFull              3        507   the disk has no room for a file or for the queue
    ├── SessionError                 3        422   a DAW session that cannot be read, or may not be written now
    ├── BundleError                  3        422   a model folder that is damaged or does not fit its card
    ├── Cancelled                    4        409   the user stopped the job
    ├── EngineError                  5        500   inference failed
    │   ├── ProviderError            5        500   the requested device is not available
    │   └── Crashed                  5        500   the engine process ended under a job, time and again
    ├── EffectError                  5        500   an effect crashed, hung, or cannot be used
    └── WorkerError                  5        503   the background worker cannot be started or reached

A message names the thing, the value and the way out; it is for people and is never parsed. `exit_code` is what the
command line returns, `http_status` what the worker answers; the class name crosses processes as `kind`.
"""

from typing import ClassVar


class FlowsepError(Exception):
    """The root: catch this to catch everything below.

    setting : name of the setting that helps ("mode", "out"), where one does. The command line and the panel turn it
    into their own way out: an option, a control.
    """

    exit_code: ClassVar[int] = 5
    http_status: ClassVar[int] = 500

    def __init__(self, message: str = "", *, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting


class UsageError(FlowsepError):
    """The request cannot be carried out as written."""

    exit_code = 2
    http_status = 422


class NotFound(UsageError):
    """Nothing has the given name or id."""

    http_status = 404


class Conflict(UsageError):
    """The request is valid but not possible in the present state, e.g. removing a job that is running."""

    http_status = 409


class MediaError(FlowsepError):
    """An audio file cannot be read or written."""

    exit_code = 3
    http_status = 422


class StorageFull(MediaError):
    """The disk has no room left; nothing half-written remains."""

    http_status = 507


class SessionError(FlowsepError):
    """A DAW session cannot be read, or may not be written now; it is unchanged."""

    exit_code = 3
    http_status = 422


class BundleError(FlowsepError):
    """A model bundle is missing, damaged, or disagrees with its card."""

    exit_code = 3
    http_status = 422


class Cancelled(FlowsepError):
    """The user stopped the job; nothing half-written remains."""

    exit_code = 4
    http_status = 409


class EngineError(FlowsepError):
    """Inference failed: a graph did not run, or its output cannot be used."""


class ProviderError(EngineError):
    """The requested device is not available."""


class Crashed(EngineError):
    """The engine process ended under a job as often as is allowed; the job is parked."""


class EffectError(FlowsepError):
    """An effect of a chain crashed, hung, or cannot be used; the chain without it still can.

    slot : index of the effect in its chain; None where the whole chain fails.     effect : its name.
    reason : what happened, without the name.     is_crash : whether its process had to be ended or ended by itself.
    """

    def __init__(
        self,
        message: str = "",
        *,
        setting: str | None = None,
        slot: int | None = None,
        effect: str = "",
        reason: str = "",
        is_crash: bool = False,
    ) -> None:
        super().__init__(message, setting=setting)
        self.slot, self.effect, self.reason, self.is_crash = slot, effect, reason or message, is_crash


class WorkerError(FlowsepError):
    """The background worker cannot be started or reached."""

    http_status = 503


def error_class(kind: str, default: type[FlowsepError]) -> type[FlowsepError]:
    """Return the class named `kind`, as sent between processes; `default` for a name that is not in this module."""
    candidate = globals().get(kind)
    return candidate if isinstance(candidate, type) and issubclass(candidate, FlowsepError) else default
