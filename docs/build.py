"""Build the site: `python docs/build.py`, in a checkout with the extra `docs`. It needs no network.

The pages are staged in build/site-source, with what is generated, and built into build/site. A warning is an error.
`--draft` leaves out the pictures of the mistakes, which take a minute.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from sitemaking.staging import ROOT, stage

BUILD = ROOT / "build"


def options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draft", action="store_true", help="without the pictures of the mistakes")
    parser.add_argument(
        "--output", type=Path, default=BUILD / "site", metavar="DIR", help="default: build/site"
    )
    parser.add_argument("--staged", type=Path, default=BUILD / "site-source", metavar="DIR")
    return parser.parse_args()


def main() -> int:
    """Stage the pages and build them. Return Sphinx's exit status."""
    chosen = options()
    stage(chosen.staged, draft=chosen.draft)
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--nitpicky", "--quiet", "-j", "auto"]
    places = ["-c", str(ROOT / "docs"), str(chosen.staged), str(chosen.output)]
    # A staged page is written anew each time: what an earlier build kept is of no use.
    done = subprocess.run([*sphinx, "--fresh-env", *places], env={**os.environ, "PYTHONHASHSEED": "0"})
    if done.returncode == 0:
        print(f"{chosen.output / 'index.html'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
