"""Judging: the plan of a verification, and the loop over targets, subjects, cases and checks."""
