"""Every error that flowsep raises on purpose.

    FlowsepError                 exit code   what went wrong
    ├── UsageError                   2       the request: an empty query, a range outside the clip, an unknown name
    ├── MediaError                   3       an audio file that cannot be read or written
    ├── SessionError                 3       a DAW session that cannot be read, or may not be written now
    ├── BundleError                  3       a model folder that is damaged or does not fit its card
    ├── Cancelled                    4       the user stopped the job
    └── EngineError                  5       inference failed
        └── ProviderError            5       the asked-for device is not there

A message names the thing, the value and the way out. `exit_code` is what the command line returns.
"""

from typing import ClassVar


class FlowsepError(Exception):
    """The root: catch this to catch everything below."""

    exit_code: ClassVar[int] = 5


class UsageError(FlowsepError):
    """The request cannot be carried out as it was put."""

    exit_code = 2


class MediaError(FlowsepError):
    """An audio file cannot be read or written."""

    exit_code = 3


class SessionError(FlowsepError):
    """A DAW session cannot be read, or may not be written now; it is left as it was."""

    exit_code = 3


class BundleError(FlowsepError):
    """A model bundle is missing, damaged, or disagrees with its card."""

    exit_code = 3


class Cancelled(FlowsepError):
    """The user stopped the job; nothing half-made is left behind."""

    exit_code = 4


class EngineError(FlowsepError):
    """Inference failed."""

    exit_code = 5


class ProviderError(EngineError):
    """The device that was asked for is not there."""
