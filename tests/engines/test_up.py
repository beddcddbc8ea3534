"""`manage.py up`: one line when it cannot start; what stops is started again; Ctrl-C stops all."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from helpdesk.engines import processes

from .conftest import Up, manage, sql, wait_for

PARTS = ("postgres", "valkey", "web", "worker", "beat")


def refused(attempt: Up) -> str:
    """The one line with which `up` refused to start."""
    assert attempt.process.wait(30) == 1
    lines = [line for line in attempt.text().splitlines() if line and not line.startswith(("Helpdesk ·", "  "))]
    assert len(lines) == 1, attempt.text()
    return lines[0]


def test_parts_are_restarted_a_second_up_is_refused_and_all_stop_together(
    up: Callable[..., Up], data_dir: Path
) -> None:
    first = up()
    wait_for(lambda: all(map(first.pid, PARTS)), 60)

    second = up()
    assert "already runs" in refused(second)
    assert "--data-dir" in second.text()

    sql(data_dir, "create table kept (word text); insert into kept values ('still here')")
    for part in ("worker", "valkey", "postgres"):
        before = first.pid(part)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda part=part, before=before: first.pid(part) not in {0, before})  # type: ignore[misc]
        first.until(f"{part} stopped (signal 9)")
        first.until(f"{part} runs again")
    assert sql(data_dir, "select word from kept") == "still here"

    assert first.stop(signal.SIGINT) == 0
    assert not any(map(first.pid, PARTS))
    assert "Stopped." in first.text()


def test_orphans_of_a_killed_supervisor_do_not_stop_the_next_start(up: Callable[..., Up], data_dir: Path) -> None:
    first = up()
    wait_for(lambda: all(map(first.pid, ("postgres", "valkey", "worker"))), 60)
    first.process.kill()
    first.process.wait()
    second = up()
    wait_for(lambda: all(map(second.pid, ("postgres", "valkey", "worker"))), 60)
    assert len(processes.find(f"-D {data_dir / 'pg'}")) == 1


def test_taken_port(up: Callable[..., Up]) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        line = refused(up(f"--port={port}"))
    assert f"Port {port}" in line
    assert "--port" in line


def test_unwritable_data_directory(data_dir: Path) -> None:
    data_dir.write_text("a file where a directory should be")
    for directory in (data_dir, data_dir / "below", Path("/proc/helpdesk")):
        answer = manage(data_dir.parent / "other", "up", f"--data-dir={directory}")
        assert answer.returncode == 1
        assert answer.stdout == ""
        (line,) = answer.stderr.splitlines()
        assert f"{directory} cannot be written" in line
        assert "--data-dir" in line


def test_unreachable_servers_of_ones_own(up: Callable[..., Up], data_dir: Path) -> None:
    line = refused(up(DATABASE_URL="postgres://nobody:secret@127.0.0.1:9/none"))
    assert "DATABASE_URL is not reachable" in line
    assert "secret" not in line
    line = refused(up(REDIS_URL="redis://:secret@127.0.0.1:9/0"))
    assert "REDIS_URL is not reachable" in line
    assert "secret" not in line
    assert not (data_dir / "pg").exists()


def test_nonsense_in_the_environment(data_dir: Path) -> None:
    answer = manage(data_dir, "up", PORT="eighty")
    assert answer.returncode == 1
    assert answer.stderr == "PORT must be a number between 1 and 65535.\n"


def test_doctor_says_what_is_down(data_dir: Path) -> None:
    answer = manage(data_dir, "doctor", PORT="9")
    assert answer.returncode == 1
    lines = answer.stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("FAIL")][:2] == ["database", "valkey"]
    assert all("To do:" in line for line in lines if line.startswith("FAIL"))
    assert not processes.find(f"-D {data_dir / 'pg'}"), "the doctor started what it should examine"


def test_mail_is_not_refused_for_good_when_the_engines_cannot_start(data_dir: Path) -> None:
    data_dir.write_text("a file where a directory should be")
    answer = manage(data_dir, "receive_email")
    assert answer.returncode == os.EX_TEMPFAIL
    assert "cannot be written" in answer.stderr
    assert "Traceback" not in answer.stderr
