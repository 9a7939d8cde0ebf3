"""What runs in the process of a kernel: the kernel, and what answers the judge."""
