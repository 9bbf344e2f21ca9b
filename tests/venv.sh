#!/bin/sh
# Makes .venv at the root of the repository from requirements.txt; does nothing, silently, when it is up to date.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.venv
python=${PYTHON:-python3}
wanted=$(cksum <"$root/requirements.txt")

if [ "$(cat "$venv/stamp" 2>/dev/null)" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "error: Python 3.10 or later is needed, and '$python' is $("$python" --version 2>&1 || true)." >&2
    echo "Install it, or name one: PYTHON=/path/to/python3.12 $0" >&2
    exit 1
fi

echo "making .venv (the AWS emulator, and Terraform from a package)" >&2
rm -rf "$venv"
if ! "$python" -m venv "$venv"; then
    rm -rf "$venv"
    echo "error: '$python -m venv' failed. Debian and Ubuntu have it in the package python3-venv." >&2
    exit 1
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$root/requirements.txt"
echo "$wanted" >"$venv/stamp"
