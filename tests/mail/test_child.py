"""Whatever a mail does, it does to a child that can be killed; the next mail flows."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.mail.awkward import CASES
from tickets.mail.child import ParserPool, parse_in_child
from tickets.mail.parse import parse_mail
from tickets.mail.parsed import Caps, Unparseable

MAIL = b"From: Ana <ana@example.org>\r\nSubject: hola\r\n\r\nhola\r\n"
FILE_MAIL = (
    MAIL[:-8]
    + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename="a.bin"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n"
)


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    pool = ParserPool(size=2)
    yield pool
    pool.close()


def script(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


def refusal(pool: ParserPool, raw: bytes = MAIL, *, timeout: float = 20.0, memory: int = 600_000_000) -> str:
    with pytest.raises(Unparseable) as refused:
        pool.parse(raw, timeout=timeout, memory=memory)
    return refused.value.reason


def test_the_child_gives_what_the_parser_gives(pool: ParserPool) -> None:
    raw = FILE_MAIL % base64.b64encode(os.urandom(3_000))
    assert pool.parse(raw) == parse_mail(raw)
    assert pool.parse(raw).files[0].filename == "a.bin"


def test_the_whole_corpus_goes_through_one_child(pool: ParserPool) -> None:
    for case in CASES:
        if case.quarantine:
            assert refusal(pool, case.raw) == case.quarantine
        else:
            assert pool.parse(case.raw) == parse_mail(case.raw), case.name


def test_a_child_is_used_again(pool: ParserPool) -> None:
    pool.parse(MAIL)
    first = pool.pids()
    pool.parse(MAIL)
    assert pool.pids() == first
    assert len(first) == 1


def test_the_child_knows_no_django_and_no_secrets(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for children")
    pool.parse(MAIL)
    process = psutil.Process(pool.pids()[0])
    assert "SECRET_KEY" not in process.environ()
    assert not [m.path for m in process.memory_maps() if "psycopg" in m.path]
    assert process.memory_info().rss < 60_000_000


def test_a_hanging_child_is_killed_and_the_next_mail_parses(pool: ParserPool) -> None:
    pool.parse(MAIL)
    stuck = pool.pids()[0]
    os.kill(stuck, signal.SIGSTOP)

    assert refusal(pool, timeout=0.3) == "timeout"
    assert not psutil.pid_exists(stuck)
    assert pool.parse(MAIL).subject == "hola"


def test_a_child_that_never_reads_is_a_timeout_too() -> None:
    pool = ParserPool(command=script("import time; time.sleep(60)"))
    assert refusal(pool, b"x" * 5_000_000, timeout=0.3) == "timeout"


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(3)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import sys; sys.stdin.buffer.read(4); sys.stdout.write('x' * 99)",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2{}')",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2[]')",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\4nope')",
        'import sys; d = b\'{"ok":true,"mail":{"files":[{"size":99999999999}]}}\';'
        "sys.stdout.buffer.write(len(d).to_bytes(4, 'big') + d)",
        'import sys; d = b\'{"ok":true,"mail":{"files":[]}}\';sys.stdout.buffer.write(len(d).to_bytes(4, \'big\') + d)',
    ],
)
def test_a_child_that_crashes_or_lies_is_a_quarantined_mail(code: str) -> None:
    assert refusal(ParserPool(command=script(code)), timeout=10) == "crashed"


def test_a_child_killed_while_idle_costs_no_mail(pool: ParserPool) -> None:
    pool.parse(MAIL)
    victim = psutil.Process(pool.pids()[0])
    victim.kill()
    while victim.is_running() and victim.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert pool.parse(MAIL).subject == "hola"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no usable address-space limit")
def test_the_memory_cap_holds_and_the_next_mail_parses(pool: ParserPool) -> None:
    raw = FILE_MAIL % (b"QUFB" * 5_000_000)
    assert refusal(pool, raw, memory=80_000_000) == "crashed"
    assert pool.parse(MAIL).subject == "hola"


def test_25_megabytes_fit_in_300(pool: ParserPool) -> None:
    line = base64.b64encode(b"x" * 57) + b"\r\n"
    raw = FILE_MAIL % (line * (25_000_000 // len(line)))
    parsed = pool.parse(raw, memory=300_000_000)
    assert parsed.files[0].size > 18_000_000
    assert pool.pids() == []  # a child that has grown is not kept


def test_too_large_never_reaches_a_child(pool: ParserPool) -> None:
    with pytest.raises(Unparseable) as refused:
        pool.parse(MAIL, caps=Caps(max_bytes=10))
    assert refused.value.reason == "too_large"
    assert pool.pids() == []


def test_many_threads_share_few_children(pool: ParserPool) -> None:
    seen: list[str] = []

    def work(n: int) -> None:
        for i in range(20):
            parsed = pool.parse(b"From: a@b.example\r\nSubject: %d-%d\r\n\r\n" % (n, i))
            seen.append(parsed.subject)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == sorted(f"{n}-{i}" for n in range(8) for i in range(20))
    assert len(pool.pids()) <= 2


def test_a_forked_process_does_not_touch_its_parents_children() -> None:
    assert parse_in_child(MAIL).subject == "hola"
    answer = os.fork()
    if answer == 0:
        try:
            os._exit(0 if parse_in_child(MAIL).subject == "hola" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(answer, 0)[1]) == 0
    assert parse_in_child(MAIL).subject == "hola"


def test_children_end_with_their_parent(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    code = (
        f"import sys, os; sys.path.insert(0, {str(root)!r})\n"
        "from tickets.mail.child import default_pool, parse_in_child\n"
        f"parse_in_child({MAIL!r}); print(default_pool().pids()[0], flush=True); os.kill(os.getpid(), 9)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).stdout
    pid = int(out)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)
