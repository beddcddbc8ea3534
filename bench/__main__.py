"""`python -m bench [SECTION …]`: one table from one run. Sections: start memory chat mail lists sla."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time

from .table import Row, table

SECTIONS = ("start", "memory", "chat", "mail", "lists", "sla")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the real stack; prints one table.")
    parser.add_argument("section", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    chosen = parser.parse_args().section or list(SECTIONS)
    if unknown := set(chosen) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    failed = False
    for section in (name for name in SECTIONS if name in chosen):
        began = time.monotonic()
        sys.stderr.write(f"· {section} …")
        sys.stderr.flush()
        try:
            rows += importlib.import_module(f"bench.{section}").rows()
        except Exception as error:
            failed = True
            rows.append(Row(section, "failed", type(error).__name__, met=False))
            sys.stderr.write(f" failed: {error}\n")
        else:
            sys.stderr.write(f" {time.monotonic() - began:.0f} s\n")
    print(f"\n{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
