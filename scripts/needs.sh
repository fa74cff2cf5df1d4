#!/bin/sh
# Says what this machine lacks to build Vernissage, and how to get it. Prints nothing when all is here.
#
#   scripts/needs.sh python    prints the Python to use (3.11 or newer, with venv)
#   scripts/needs.sh node      checks Node and npm
#   scripts/needs.sh browser   finds a browser for the tests; as root on Debian or Ubuntu, installs it
#   scripts/needs.sh postgres  the same for the PostgreSQL server programs
#
# It runs before there is any environment, so it is plain sh.
set -eu

say() {
  printf '%s\n' "$*" >&2
}

install() {  # install PACKAGE SENTENCE: by apt as root, else say what to do
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "$2 On Debian or Ubuntu: sudo apt-get install $1"
    exit 1
  fi
  say "$2 Installing it (apt-get install $1)."
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "$1"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    say "Installing $1 failed; what apt-get said is above."
    exit 1
  fi
  rm -f "$log"
}

has_browser() {
  [ -n "${VERNISSAGE_TEST_BROWSER:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_postgres() {
  command -v initdb || ls /usr/lib/postgresql/*/bin/initdb
}

case "${1:-}" in
  python)
    venv=
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
      if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
          printf '%s\n' "$python"
          exit 0
        fi
        venv=$python
      fi
    done
    if [ -n "$venv" ]; then
      say "$venv cannot make environments: its venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"
    else
      say "Vernissage needs Python 3.11 or newer, and there is none here. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"
    fi
    exit 1
    ;;
  node)
    if ! command -v node >/dev/null 2>&1; then
      say "Vernissage builds its pages with Node 20.19 or newer, and there is none here. On Debian 13 or Ubuntu 25.10 and newer: sudo apt-get install nodejs npm (older releases carry an older Node: take it from nodejs.org)"
      exit 1
    fi
    if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'; then
      say "Vernissage builds its pages with Node 20.19, 22.12 or newer; this is $(node --version). On Debian 13 or Ubuntu 25.10 and newer: sudo apt-get install nodejs npm (older releases carry an older Node: take it from nodejs.org)"
      exit 1
    fi
    if ! command -v npm >/dev/null 2>&1; then
      say "Node is here, npm is not. On Debian or Ubuntu: sudo apt-get install npm"
      exit 1
    fi
    ;;
  browser)
    has_browser >/dev/null 2>&1 || install chromium "The browser tests need Chromium."
    ;;
  postgres)
    has_postgres >/dev/null 2>&1 || install postgresql "The tests of the PostgreSQL store need its server programs."
    ;;
  *)
    say "scripts/needs.sh python|node|browser|postgres"
    exit 2
    ;;
esac
