"""The steps of a course that keeps its channels last."""
