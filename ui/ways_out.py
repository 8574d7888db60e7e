"""Error messages with the place of the setting that helps: the core names the setting, the panel its place."""

from PyQt6.QtCore import QCoreApplication

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.job import JobError


def message_of(error: FlowsepError | JobError) -> str:
    """Return the error's message, with the place of the setting that helps in brackets where the panel has one."""
    text = str(error) if isinstance(error, FlowsepError) else error.message
    places = {
        "device": QCoreApplication.translate("WaysOut", "Settings: Device for separations"),
        "mode": QCoreApplication.translate("WaysOut", "Render settings: Mode"),
    }
    place = places.get(error.setting or "")
    return f"{text} ({place})" if place else text
