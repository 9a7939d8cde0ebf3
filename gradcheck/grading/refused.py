"""What is said where a grading cannot be done as it was asked for."""


class Refused(ValueError):
    """Something keeps a grading from being done. The message says in a sentence what it is, and what to do."""
