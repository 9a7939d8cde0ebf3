"""The suite as tests of pytest. Nothing here is imported before an option, a fixture or a marker asks for it."""
