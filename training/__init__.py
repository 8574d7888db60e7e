"""Torch only: data, mixtures, losses, loops and the making of the embedded bundle."""

import flowsep_plugin  # noqa: F401  # turns telemetry off before torch.onnx can load ONNX Runtime
