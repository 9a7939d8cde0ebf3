"""One subject on one case: what it returns, what is expected, and the evidence for either."""
