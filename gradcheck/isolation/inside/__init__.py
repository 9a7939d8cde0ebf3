"""What runs inside a worker process, next to the subject. It knows nothing of layers, checks or verdicts."""
