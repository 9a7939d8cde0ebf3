"""How fast the layers are, and how fast checking is: what `performance.py`, `checking.py` and `report.py` share."""
