#!/bin/sh
# Sets up what `make run` (setup.sh run) or `make test` (setup.sh test) needs; what is in place is left alone.
# A stamp inside .venv and node_modules holds the checksum of the lock file that was installed last.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
venv_python=.venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "· $*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
checksum() { cat "$@" | cksum; }
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

make_venv() {
    # A checkout that was moved keeps a .venv that no longer runs: make it again.
    if "$venv_python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then return; fi
    python=$(sh .ci/python.sh)
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || fail "The virtual environment could not be made; see the message above."
}

install_packages() {
    dev=$(checksum requirements.txt requirements-dev.txt)
    if stamped .venv/.installed-dev "$dev"; then return; fi
    if [ "$purpose" = test ]; then file=requirements-dev.txt stamp=.venv/.installed-dev want=$dev
    else file=requirements.txt stamp=.venv/.installed want=$(checksum requirements.txt); fi
    if stamped "$stamp" "$want"; then return; fi
    say "installing $(grep -c '^[a-z0-9].*==' "$file") Python packages from $file (once; about a minute)"
    "$venv_python" -m pip install -qq --progress-bar off --require-hashes -r "$file" ||
        fail "pip could not install $file: check the network, then try again."
    printf '%s\n' "$want" >"$stamp"
}

find_npm() {
    if command -v npm >/dev/null 2>&1 && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null; then return; fi
    if [ ! -x .venv/bin/npm ]; then
        say "no Node 20 or later here: installing it into .venv"
        "$venv_python" -m pip install -qq --progress-bar off --require-hashes -r .ci/node.txt ||
            fail "Node could not be installed: install Node 20 or later yourself, then try again."
    fi
    PATH=$PWD/.venv/bin:$PATH
    export PATH
}

install_assets() {
    [ -f package-lock.json ] || return 0
    want=$(checksum package-lock.json)
    built=$(checksum package-lock.json static/build.mjs)
    if stamped node_modules/.installed "$want" && stamped node_modules/.built "$built" && [ -d static/vendor ]; then return; fi
    find_npm
    if ! stamped node_modules/.installed "$want"; then
        say "installing the front-end packages (once)"
        npm ci --no-audit --no-fund --no-progress --loglevel=error || fail "npm could not install the front-end packages: check the network, then try again."
        printf '%s\n' "$want" >node_modules/.installed
    fi
    say "copying the front-end packages to static/vendor"
    npm run --silent build
    printf '%s\n' "$built" >node_modules/.built
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

have_browser() {
    command -v chromium >/dev/null 2>&1 && return
    "$venv_python" -c 'import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as p: sys.exit(not pathlib.Path(p.chromium.executable_path).exists())' 2>/dev/null
}
have_dovecot() { PATH=$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin command -v dovecot >/dev/null 2>&1; }

install_test_tools() {
    missing=
    have_browser || missing=chromium
    have_dovecot || missing="$missing dovecot"
    [ -n "$missing" ] || return 0
    say "installing for the tests:" $missing
    if command -v apt-get >/dev/null 2>&1; then
        as_root apt-get update -qq || true # an old index may do
        # Debian's Chromium: Playwright drives it as well as its own.
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $(printf '%s' "$missing" | sed 's/dovecot/dovecot-imapd/') >/dev/null || true # told below
    elif command -v brew >/dev/null 2>&1; then
        have_dovecot || brew install --quiet dovecot || true
    fi
    have_browser || "$venv_python" -m playwright install chromium || true
    have_browser || fail "No Chromium was found or installed: install one, then try again."
    have_dovecot || fail "No Dovecot was found or installed: the mail tests need it (Debian: dovecot-imapd)."
}

make_venv
install_packages
install_assets
if [ "$purpose" = test ]; then install_test_tools; fi
