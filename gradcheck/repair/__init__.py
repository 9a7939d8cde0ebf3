"""Which line: edits of the author's own function are tried until every check passes (docs/repair.md)."""
