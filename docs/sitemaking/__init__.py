"""How the site is made from the pages, the catalogue of mistakes and the docstrings."""
