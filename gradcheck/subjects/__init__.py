"""From a path to subjects: loading what somebody wrote, and the dialects that understand it."""
