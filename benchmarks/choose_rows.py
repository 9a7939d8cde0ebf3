"""Choose the rows of each layer, and write them to gradcheck/layers/rows.

    python benchmarks/choose_rows.py [LAYER ...]

Run it after a change of what a layer draws, or of the classes in gradcheck/layers/space.py. A test compares the files
with what is chosen anew.
"""

import sys
from pathlib import Path

import gradcheck.layers
from gradcheck.layers import BY_NAME
from gradcheck.layers.rows import FOLDER, generated, written


def main() -> None:
    """Write the files of the layers that are named, or of all."""
    folder = Path(gradcheck.layers.__file__).parent / FOLDER
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or BY_NAME:
        rows = generated(BY_NAME[name])
        (folder / f"{name}.txt").write_text(written(rows), encoding="utf-8")
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
