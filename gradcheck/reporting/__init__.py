"""Reporting: every kind of answer as text, JSON, JUnit, Markdown or GitHub annotations (`formats` has the table)."""
