#!/usr/bin/env bash
# Gradescope runs this for each submission: from $root/submission to $root/results/results.json.
set -euo pipefail

root="${GRADCHECK_AUTOGRADER:-/autograder}"
source="$root/source"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Under the name that Gradescope gives to the folder of one person, it is one submission, whatever is in it.
cp -R --no-dereference "$root/submission" "$work/submission_1"
mapfile -t options < "$source/options.txt"
mkdir -p "$root/results"
rm -f "$root/results/results.json"

# Where it could not be judged this ends here, without results: Gradescope then tells staff, and no points are lost.
"$root/venv/bin/gradcheck" grade "$work/submission_1" \
    --rubric "$source/rubric.toml" --out "$work/graded" --processes 1 ${options[@]+"${options[@]}"}

cp "$work/graded/submission_1/results.json" "$root/results/.results.json.new"
mv "$root/results/.results.json.new" "$root/results/results.json"
