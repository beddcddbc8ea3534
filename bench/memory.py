"""What the idle stack with its demo takes."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import psutil

from .stack import running_stack
from .table import Row

MOST_MB = 700
SETTLE_SECONDS = 10.0
MB = 1024 * 1024


def rows() -> list[Row]:
    with running_stack(demo=True) as stack:
        time.sleep(SETTLE_SECONDS)  # idle means: what the start still does is done
        assert stack.process is not None
        found = by_part(psutil.Process(stack.process.pid))
    total = sum(found.values()) / MB
    parts = [Row("memory", name, f"{size / MB:.0f}", "MB") for name, size in sorted(found.items())]
    return [*parts, Row("memory", "whole idle stack", f"{total:.0f}", "MB", "", f"≤ {MOST_MB} MB", total <= MOST_MB)]


def by_part(supervisor: psutil.Process) -> dict[str, int]:
    """Bytes by part. Proportional set size (shared pages divided among their users) where the system tells it."""
    sizes: dict[str, int] = defaultdict(int)
    for process in [supervisor, *supervisor.children(recursive=True)]:
        try:
            sizes[_part(process, supervisor)] += _size(process)
        except psutil.NoSuchProcess:
            continue
    return sizes


def _size(process: psutil.Process) -> int:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    if rollup.exists():
        line = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
        return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)


def _part(process: psutil.Process, supervisor: psutil.Process) -> str:
    if process.pid == supervisor.pid:
        return "supervisor"
    words = process.cmdline()
    if "helpdesk.engines.part" in words:
        return words[words.index("helpdesk.engines.part") + 1]
    line = " ".join(words).lower()
    return "postgres" if "postgres" in line else "valkey" if "valkey" in line else process.name()
