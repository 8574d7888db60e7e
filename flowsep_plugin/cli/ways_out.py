"""Which option helps with an error: the core names a setting, the command line its option."""

from typing import TYPE_CHECKING

from flowsep_plugin.errors import FlowsepError

from .config.defaults import ValueOrigins

if TYPE_CHECKING:
    from flowsep_plugin.jobs.job import JobError

WAYS_OUT = {
    "api": "--api jack",
    "audio": "--audio FOLDER",
    "bundle": "--bundle FILE.zip",
    "device": "--device auto",
    "embed": "--embed",
    "find": "--find SOUND",
    "frame_rate": "--fps 25",
    "here": '--at "SOUND: 1.5-2"',
    "install_name": "--name NAME, --replace",
    "media": "--media FOLDER",
    "mode": "--render mask",
    "model": "--model NAME",
    "mux": "--mux stems",
    "muted": "--muted",
    "not_here": '--not-at "SOUND: 3-4"',
    "mute_source": "--takes, --mute-source",
    "out": "--out FOLDER",
    "queries": "--query SOUND",
    "replace": "--replace",
    "resources": "--resources FOLDER",
    "save_as": "--save-as FILE",
    "stem_set": "--stem-set FOLDER",
    "stream": "--stream N",
    "top": "--top N",
    "virtual": "--virtual",
}
"""`FlowsepError.setting` -> the option as a user would type it."""

NO_OPTION = frozenset({"edits"})
"""Settings without an option: mask edits are drawn in the panel, or made in Python."""


def message_of(error: "FlowsepError | JobError") -> str:
    """Return the error's message; in brackets the setting or variable that a wrong value is from, and the option."""
    text = str(error) if isinstance(error, FlowsepError) else error.message
    option, place = WAYS_OUT.get(error.setting or ""), ValueOrigins.places.get(error.setting or "")
    hints = [f"set by {place}" if place else None, option]
    return f"{text} ({'; '.join(filter(None, hints))})" if any(hints) else text
