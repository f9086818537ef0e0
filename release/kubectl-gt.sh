#!/bin/sh
# Runs `kubectl gt` from an environment of its own, which the first run makes of the wheel and the locked packages beside this file.
set -eu
here=$(dirname "$(readlink -f "$0")")
home=${XDG_CACHE_HOME:-$HOME/.cache}/gastown-argo/kubectl-gt-@VERSION@
if [ ! -e "$home/ready" ]; then
  python=${GASTOWN_PYTHON:-python3}
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "error: kubectl gt needs Python 3.11 or newer, and $python is not; name one in GASTOWN_PYTHON" >&2
    exit 1
  fi
  echo "kubectl gt: installing what it needs into $home, once" >&2
  "$python" -m venv --clear "$home"
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$here/runtime.txt" >&2
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index "$here"/*.whl >&2
  : >"$home/ready"
fi
exec "$home/bin/kubectl-gt" "$@"
