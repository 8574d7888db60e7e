"""Names of devices, checked without loading ONNX Runtime."""

from flowsep_plugin.errors import UsageError
from flowsep_plugin.suggest import did_you_mean

PROVIDERS: dict[str, str] = {
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""Name of a device -> its execution provider in ONNX Runtime."""

DEVICES = ("auto", *PROVIDERS)

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
    raise UsageError(f"unknown device {name!r}{hint or '; devices: ' + ', '.join(DEVICES)}")
