"""What is there for whoever writes fast kernels: the problems that they have to be good at."""
