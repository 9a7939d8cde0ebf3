#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: it installs Python and the suite.
set -euo pipefail

root="${GRADCHECK_AUTOGRADER:-/autograder}"
source="$root/source"

find_python() {
    for python in python3.14 python3.13 python3.12 python3.11 python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

if ! find_python; then
    apt-get update || true  # what is missing is said below
    for version in 3.13 3.12 3.11; do
        if apt-get install -y --no-install-recommends "python$version" "python$version-venv"; then
            break
        fi
    done
    if ! find_python; then
        echo "gradcheck needs Python 3.11 or later: choose a base image that has it (Ubuntu 22.04 or later)" >&2
        exit 1
    fi
fi

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --no-cache-dir "$source"/*.whl -r "$source/requirements.txt"
