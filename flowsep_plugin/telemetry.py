"""Turns off the telemetry of the libraries that flowsep loads. Runs when `flowsep_plugin` is imported.

The switches are environment variables, which child processes inherit, and they only count before the library is loaded.
"""

import logging
import os
import sys

log = logging.getLogger(__name__)

SWITCHES = {"ORT_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Environment variable -> the value that turns a library's telemetry off.

ONNX Runtime writes a device id into the user's cache when it is loaded, and looks up mobile.events.data.microsoft.com
nine seconds later (1.31.1 on Linux, measured; microsoft/onnxruntime#27379). 1, true and yes turn both off.
"""

_OFF = ("1", "true", "yes")
_loaded_too_early = False


def disable_telemetry() -> None:
    """Set the switches in this process and its children, over any other value. Idempotent.

    Logs a warning where ONNX Runtime is loaded already and was not switched off: nothing can stop it then.
    """
    global _loaded_too_early
    is_off = os.environ.get("ORT_DISABLE_TELEMETRY", "").lower() in _OFF
    if "onnxruntime" in sys.modules and not is_off:
        _loaded_too_early = True
        log.warning(
            "onnxruntime was imported before flowsep_plugin, so its telemetry is on; "
            "import flowsep_plugin first, or start Python with ORT_DISABLE_TELEMETRY=1"
        )
    os.environ.update(SWITCHES)


def telemetry_is_on() -> bool:
    """Return whether ONNX Runtime was loaded before its telemetry could be turned off."""
    return _loaded_too_early
