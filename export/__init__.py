"""From torch weights to model bundles: networks, checkpoint readers, ONNX export, parity, storage, packing."""
