#!/usr/bin/env bash
# Print a Python 3.13 for uv: the one it finds, one that pyenv keeps, or the one that uv downloads.
# pyenv's shims fail for versions that are not chosen, which uv takes for a broken Python.
set -euo pipefail
uv=$1
"$uv" python find --no-project --system 3.13 2>/dev/null && exit
for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
    [ -x "$python" ] && { echo "$python"; exit; }
done
"$uv" python install --quiet 3.13 && "$uv" python find --no-project --system 3.13
