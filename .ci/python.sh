#!/bin/sh
# Prints the newest Python that fits (3.11 or later), or says which one is missing.
for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            command -v "$name"
            exit 0
        fi
        incomplete=$name
    fi
done
if [ -n "$incomplete" ]; then
    echo "$incomplete lacks its venv module: install it (Debian: sudo apt-get install python3-venv) and try again." >&2
else
    echo "Python 3.11 or later is needed (Debian: sudo apt-get install python3 python3-venv; macOS: brew install python)." >&2
fi
exit 1
