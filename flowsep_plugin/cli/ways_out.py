"""Which option helps with an error: the core names a setting, the command line its option."""

from typing import TYPE_CHECKING

from flowsep_plugin.errors import FlowsepError

if TYPE_CHECKING:
    from flowsep_plugin.jobs.job import JobError

WAYS_OUT = {
    "api": "--api jack",
    "audio": "--audio FOLDER",
    "device": "--device auto",
    "embed": "--embed",
    "frame_rate": "--fps 25",
    "media": "--media FOLDER",
    "mode": "--render mask",
    "model": "--model NAME",
    "muted": "--muted",
    "mute_source": "--takes, --mute-source",
    "out": "--out FOLDER",
    "queries": "--query SOUND",
    "replace": "--replace",
    "resources": "--resources FOLDER",
    "save_as": "--save-as FILE",
    "stem_set": "--stem-set FOLDER",
    "virtual": "--virtual",
}
"""`FlowsepError.setting` -> the option as a user would type it."""


def message_of(error: "FlowsepError | JobError") -> str:
    """Return the error's message, with the option that helps in brackets where one does."""
    text = str(error) if isinstance(error, FlowsepError) else error.message
    option = WAYS_OUT.get(error.setting or "")
    return f"{text} ({option})" if option else text
