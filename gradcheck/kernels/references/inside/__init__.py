"""What runs in the process of a kernel that is judged against a reference."""
