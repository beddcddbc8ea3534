#!/bin/sh
# Every check and test. All steps run; the exit code is 1 when one of them failed.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
HELPDESK_DATA_DIR=$(mktemp -d)
export PATH HELPDESK_DATA_DIR
trap 'rm -rf "$HELPDESK_DATA_DIR"' EXIT
failed=

step() {
    name=$1
    shift
    began=$(date +%s)
    printf '\n── %s\n' "$name"
    if "$@"; then printf '✓ %s (%s s)\n' "$name" "$(($(date +%s) - began))"
    else
        printf '✗ %s\n' "$name"
        failed="$failed, $name"
    fi
}

step "ruff check" python -m ruff check --quiet .
step "ruff format" python -m ruff format --check --quiet .
step "mypy" python -m mypy
step "import contracts" lint-imports
step "templates" python -m djlint templates --lint --quiet
step "scripts" npm run --silent lint
step "migrations" python manage.py makemigrations --check --dry-run
# A file stays on one worker: what it sets up once (a demo, a running stack) is set up once.
step "tests" python -m pytest -n 2 --dist loadfile "$@"

if [ -n "$failed" ]; then
    printf '\nFailed: %s\n' "${failed#, }"
    exit 1
fi
printf '\nAll checks passed.\n'
