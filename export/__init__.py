"""From torch weights to model bundles: networks, checkpoint readers, ONNX export, parity, storage, packing."""

import flowsep_plugin  # noqa: F401  # turns telemetry off before torch.onnx can load ONNX Runtime
