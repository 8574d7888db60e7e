"""The only import of ONNX Runtime: `from flowsep_plugin.onnx_runtime import ort`, with its telemetry off."""

from .telemetry import disable_telemetry

disable_telemetry()

import onnxruntime as ort  # noqa: E402  # the switches count only before it is loaded

ort.disable_telemetry_events()  # Windows: its events go to the system's tracing, which no variable turns off

__all__ = ["ort"]
