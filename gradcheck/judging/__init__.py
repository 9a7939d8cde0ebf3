"""Judging: what a plan asks for, and the loop over targets, subjects, cases and checks."""
