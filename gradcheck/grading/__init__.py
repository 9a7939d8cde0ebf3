"""Grading: submissions and a rubric in, points, pages and a gradebook out."""
