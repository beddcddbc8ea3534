#!/usr/bin/env python
"""Django's command line; embedded engines that are down are started for the command's duration."""

from __future__ import annotations

import os
import sys

# Commands that touch neither the database nor Valkey, or (`up`, `doctor`) look after the engines themselves.
WITHOUT_ENGINES = {
    *("help", "version", "up", "doctor", "check", "diffsettings", "sqlmigrate"),
    *("makemessages", "compilemessages", "collectstatic", "findstatic", "startapp", "spectacular", "test"),
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "up" and not {"-h", "--help"} & set(sys.argv):
        # The supervisor lives as long as the service: Django would triple its memory for nothing.
        from helpdesk.engines.supervisor import main as supervise

        sys.exit(supervise(sys.argv[2:]))
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python: use .venv/bin/python; `make run` installs it.")
    if command.startswith("-") or command in WITHOUT_ENGINES or {"-h", "--help"} & set(sys.argv):
        execute_from_command_line(sys.argv)
        return
    from helpdesk.engines import EnginesError
    from helpdesk.engines.sessions import ensure_engines

    try:
        with ensure_engines():
            execute_from_command_line(sys.argv)
    except EnginesError as error:
        if command != "receive_email":
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(os.EX_TEMPFAIL)  # the mail server keeps the mail and tries again


if __name__ == "__main__":
    main()
