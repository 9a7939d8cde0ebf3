"""Any function or module as a kernel: judged against a reference that its author names, forward and backward."""
