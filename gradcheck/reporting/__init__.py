"""Telling: what a report, the catalogue and a list look like in words, whatever the format."""
