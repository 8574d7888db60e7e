"""Execution providers of ONNX Runtime by device, without loading it."""

from typing import Final

from flowsep_plugin.settings.devices import DEVICES, check_device

__all__ = ["DEVICES", "PROVIDERS", "check_device"]

PROVIDERS: Final[dict[str, str]] = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""Name of a device -> its execution provider in ONNX Runtime."""
