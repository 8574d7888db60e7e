"""Ways out of errors: the core names the setting that helps, the panel a button. Words of the shell never appear."""

from dataclasses import dataclass
from typing import Final

from flowsep_ui.studio.texts import ErrorText, setting_of
from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.job import JobError


@dataclass(frozen=True, slots=True)
class WayOut:
    """A button next to an error. `action`: a row of `actions.ACTIONS` that it triggers.

    text : on the button, an English source in the context "WaysOut".     page : of the settings that is opened instead.
    """

    action: str
    text: str
    page: str = ""


WAYS_OUT: Final[dict[str, WayOut]] = {
    "api": WayOut("edit.midi", "MIDI…"),
    "cache": WayOut("edit.settings", "Settings…", page="worker"),
    "device": WayOut("edit.settings", "Settings…", page="separation"),
    "frame_rate": WayOut("file.frame_rate", "Frame rate…"),
    "install_name": WayOut("help.models", "Models…"),
    "media": WayOut("file.media", "Find media…"),
    "model": WayOut("help.models", "Models…"),
    "out": WayOut("file.folder", "Choose folder…"),
    "queries": WayOut("sounds.type", "Type a sound"),
    "replace": WayOut("help.models", "Models…"),
    "save_as": WayOut("file.place", "Place elsewhere…"),
    "stream": WayOut("file.stream", "Sound stream…"),
    "stem_set": WayOut("file.export", "Export stems…"),
    "virtual": WayOut("edit.midi", "MIDI…"),
}
"""`FlowsepError.setting` -> its button."""

KINDS: Final[dict[str, str]] = {
    "StorageFull": QT_TRANSLATE_NOOP("ErrorKinds", "The disk is full"),
    "MediaError": QT_TRANSLATE_NOOP("ErrorKinds", "An audio file cannot be read or written"),
    "SessionError": QT_TRANSLATE_NOOP("ErrorKinds", "The session cannot be read or written"),
    "BundleError": QT_TRANSLATE_NOOP("ErrorKinds", "A model is missing or damaged"),
    "ProviderError": QT_TRANSLATE_NOOP("ErrorKinds", "The device is not available"),
    "Crashed": QT_TRANSLATE_NOOP("ErrorKinds", "The separation crashed several times"),
    "EngineError": QT_TRANSLATE_NOOP("ErrorKinds", "The separation failed"),
    "WorkerError": QT_TRANSLATE_NOOP("ErrorKinds", "The worker cannot be started or reached"),
    "EffectError": QT_TRANSLATE_NOOP("ErrorKinds", "An effect failed"),
    "UsageError": QT_TRANSLATE_NOOP("ErrorKinds", "This is not possible"),
    "Conflict": QT_TRANSLATE_NOOP("ErrorKinds", "This is not possible now"),
}
"""Class of error -> what happened, an English source in the context "ErrorKinds", said before the core's English."""

NO_BUTTON: Final = frozenset(
    {
        "audio", "bundle", "edits", "embed", "find", "here", "mode", "mute_source", "muted", "mux", "not_here",
        "resources", "top",
    }
)  # fmt: skip
"""Settings without a button: options of the shell alone, and controls beside which their errors are shown."""


def message_of(error: FlowsepError | JobError) -> ErrorText:
    """Return the error's message with its setting; in brackets the place of a setting that has no button."""
    kind, text = (type(error).__name__, str(error)) if isinstance(error, FlowsepError) else (error.kind, error.message)
    source = KINDS.get(kind, "")
    heading = QCoreApplication.translate("ErrorKinds", source)
    if heading != source:  # the core writes English; the kind of error is what every language can say
        text = f"{heading}: {text}"
    if error.setting == "mode":
        text = f"{text} ({QCoreApplication.translate('WaysOut', 'Render settings: Mode')})"
    return ErrorText(text, error.setting)


def way_out(text: str) -> WayOut | None:
    """Return the button that helps with an error, from its text; None where there is none."""
    return WAYS_OUT.get(setting_of(text) or "")


def button_text(way: WayOut) -> str:
    """Return the text of the button in the user's language."""
    return QCoreApplication.translate("WaysOut", way.text)
