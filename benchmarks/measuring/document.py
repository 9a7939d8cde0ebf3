"""Documents of prose with tables in them: what stands between the markers is replaced, the rest is left alone.

``<!-- goals -->`` begins the table of that name, ``<!-- end -->`` ends it.
"""

import re
from collections.abc import Mapping

PLACE = re.compile(r"(<!-- (?!end -->)([^>]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)


def filled(text: str, tables: Mapping[str, str]) -> str:
    """Return a document with its tables replaced; one that there is no text for is left as it is."""

    def replaced(match: re.Match[str]) -> str:
        start, name, end = match.groups()
        return f"{start}\n{tables[name]}\n\n{end}" if name in tables else match[0]

    return PLACE.sub(replaced, text)


def places(text: str) -> list[str]:
    """Return the names of the tables that a document has a place for."""
    return [match[2] for match in PLACE.finditer(text)]
