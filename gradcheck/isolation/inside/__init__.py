"""What runs inside a worker process, beside the subject. It knows nothing of layers, checks or verdicts."""
