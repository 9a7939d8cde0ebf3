"""The suite as pytest tests. These modules are imported only when an option, a fixture or a marker needs them."""
