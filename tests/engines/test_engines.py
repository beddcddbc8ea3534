"""The embedded engines by themselves: they come up after any death, with what was committed."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from helpdesk.engines import discover, processes, secrets, state
from helpdesk.engines.errors import EnginesError
from helpdesk.engines.locks import engines_lock
from helpdesk.engines.postgres import Postgres
from helpdesk.engines.sessions import ensure_engines, start_throwaway
from helpdesk.engines.valkey import Valkey, call

from .conftest import manage, sql, wait_for


def test_addresses_are_known_before_any_start_and_stay(data_dir: Path) -> None:
    first = discover(data_dir)
    assert first == discover(data_dir)
    assert first["DATABASE_URL"].startswith("postgres://helpdesk:")
    assert first["REDIS_URL"].startswith("redis://:")
    assert not processes.find(f"-D {data_dir / 'pg'}")


def test_secrets_are_readable_by_their_owner_alone(data_dir: Path) -> None:
    known = secrets.load(data_dir)
    assert known == secrets.load(data_dir)
    assert len(known["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((data_dir / "secrets.json").stat().st_mode) == 0o600


def test_throwaway_engines_take_only_our_password(data_dir: Path) -> None:
    engines = start_throwaway(data_dir)
    try:
        assert sql(data_dir, "select current_database()") == "helpdesk"
        assert call(engines.urls["REDIS_URL"], "PING") == "PONG"
        with pytest.raises(ValueError, match="NOAUTH"):
            call(f"redis://127.0.0.1:{state.load(data_dir).valkey_port}/0", "PING")
        assert stat.S_IMODE((data_dir / "pg").stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "valkey").stat().st_mode) == 0o700
    finally:
        engines.stop()
    assert not data_dir.exists()
    assert not processes.find(f"-D {data_dir / 'pg'}")


def test_killed_engines_come_up_with_their_data_whoever_has_their_pid_now(data_dir: Path) -> None:
    postgres, valkey = Postgres(data_dir), Valkey(data_dir)
    with engines_lock(data_dir):
        first, cache = postgres.start(), valkey.start()
    sql(data_dir, "create table kept (word text); insert into kept values ('still here')")
    for child in (first, cache):
        child.kill()
        child.wait()
    # As after a power cut: the pid file names a process that lives and is not ours.
    pid_file = data_dir / "pg" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    with engines_lock(data_dir):
        again, cache = postgres.start(), valkey.start()
    assert sql(data_dir, "select word from kept") == "still here"
    assert again.pid != first.pid
    valkey.stop(cache)
    postgres.stop(again)


def test_damaged_hints_do_not_stop_the_start(data_dir: Path) -> None:
    valkey = Valkey(data_dir)
    with engines_lock(data_dir):
        valkey.start().kill()
        for file in (data_dir / "valkey" / "appendonlydir").glob("*.aof"):
            file.write_bytes(b"no append-only file at all\n")
        child = valkey.start()
    assert valkey.answers()
    assert list((data_dir / "valkey").glob("appendonlydir.damaged-*"))
    valkey.stop(child)


def test_port_taken_by_a_stranger_is_left_to_it(data_dir: Path) -> None:
    import socket

    valkey = Valkey(data_dir)
    taken = state.load(data_dir).valkey_port
    with socket.socket() as stranger, engines_lock(data_dir):
        stranger.bind(("127.0.0.1", taken))
        stranger.listen()
        child = valkey.start()
        assert state.load(data_dir).valkey_port != taken
        assert valkey.answers()
    valkey.stop(child)


def test_half_made_cluster_is_made_again(data_dir: Path) -> None:
    discover(data_dir)
    (data_dir / "pg.new").mkdir()
    (data_dir / "pg.new" / "PG_VERSION").write_text("18\n")
    postgres = Postgres(data_dir, durable=False)
    with engines_lock(data_dir):
        child = postgres.start()
    assert postgres.answers()
    postgres.stop(child)


def test_damaged_secrets_are_refused_and_left_alone(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "secrets.json").write_text('{"SECRET_KEY": "cut o')
    with pytest.raises(EnginesError, match="damaged"):
        secrets.load(data_dir)
    assert (data_dir / "secrets.json").read_text() == '{"SECRET_KEY": "cut o'


def test_the_last_user_stops_the_engines(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    with ensure_engines(data_dir):
        other = manage(
            data_dir, "shell", "--no-imports", "-c", "from django.db import connection as c; c.ensure_connection()"
        )
        assert other.returncode == 0, other.stderr
        assert Postgres(data_dir).answers(), "another command stopped the engines under us"
        assert Valkey(data_dir).answers()
    assert not Postgres(data_dir).answers()
    assert not processes.find(f"-D {data_dir / 'pg'}")


def test_engines_die_with_the_process_that_started_them(data_dir: Path) -> None:
    starter = os.fork()
    if not starter:
        start_throwaway(data_dir)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(starter, 0)
    wait_for(lambda: not processes.find(f"-D {data_dir / 'pg'}"))
    wait_for(lambda: not processes.find(str(data_dir / "valkey" / "valkey.conf")))
