"""The network as an HTTP service, for machines with more room than a Pi: ONNX Runtime, batches, metrics."""
