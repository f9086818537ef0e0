#!/bin/sh
# Runs `kubectl gt` from an environment of its own, which the first run makes of the wheel and the locked packages beside this file.
set -eu
here=$(dirname "$(readlink -f "$0")")
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
if [ -z "$cache" ]; then
  echo "error: kubectl gt has no place for what it installs; set HOME or XDG_CACHE_HOME" >&2
  exit 1
fi
home=$cache/gastown-argo/kubectl-gt-@VERSION@

make_home() {
  python=${GASTOWN_PYTHON:-python3}
  if ! "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "error: kubectl gt needs Python 3.11 or newer, and $python is not; name one in GASTOWN_PYTHON" >&2
    exit 1
  fi
  # By its own name: what `python3` leads to later may be a newer one, which would find nothing in this environment.
  python=$("$python" -I -c 'import os, sys; print(os.path.realpath(sys.executable))')
  echo "kubectl gt: installing what it needs into $home, once" >&2
  if ! mkdir -p "${home%/*}" || ! new=$(mktemp -d "$home.XXXXXX"); then
    echo "error: kubectl gt can't write below $cache; set XDG_CACHE_HOME to a place that can be written" >&2
    exit 1
  fi
  trap 'rm -rf "$new"' EXIT
  trap 'exit 130' INT TERM HUP
  "$python" -I -m venv "$new"
  "$new/bin/python" -I -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$here/runtime.txt" >&2
  "$new/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps --no-index "$here"/*.whl >&2
  # Whole or not at all, as another first run may be under way; whoever is second takes what is there, unless its Python has gone.
  "$python" -I -c 'import os, sys; os.rename(*sys.argv[1:])' "$new" "$home" 2>/dev/null || whole || {
    rm -rf "$home"
    mv "$new" "$home"
  }
  rm -rf "$new"
  trap - EXIT INT TERM HUP
}

whole() { [ -x "$home/bin/python" ]; }

whole || make_home
# Nothing of the caller's Python counts, such as PYTHONPATH.
exec "$home/bin/python" -I "$home/bin/kubectl-gt" "$@"
