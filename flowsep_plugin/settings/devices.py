"""Names of devices, checked without loading numpy or ONNX Runtime."""

from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.suggest import did_you_mean

DEVICES: Final = ("auto", "cuda", "tensorrt", "coreml", "directml", "cpu")

_OTHER_WORDS = {
    "gpu": "cuda", "nvidia": "cuda", "trt": "tensorrt", "mps": "coreml", "metal": "coreml", "apple": "coreml",
    "dml": "directml", "amd": "directml", "intel": "directml",
}  # fmt: skip


def check_device(name: str) -> None:
    """Raises UsageError, with the nearest name, where `name` is not one of `DEVICES`."""
    if name in DEVICES:
        return
    other = _OTHER_WORDS.get(str(name).casefold().partition(":")[0])
    hint = f"; did you mean {other!r}?" if other else did_you_mean(str(name), DEVICES)
    raise UsageError(f"unknown device {name!r}{hint or '; devices: ' + ', '.join(DEVICES)}", setting="device")
