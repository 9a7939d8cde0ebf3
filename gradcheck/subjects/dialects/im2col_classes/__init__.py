"""Classes with `forward`, `backward` and `dW` around im2col."""
