"""Random and mutated bytes: a ParsedMail or Unparseable, never anything else."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail.awkward import CASES
from tickets.mail.body import html_to_text, unflow
from tickets.mail.child import ParserPool
from tickets.mail.decode import codec_for, decode_text, decode_transfer, decode_words
from tickets.mail.parse import parse_mail
from tickets.mail.parsed import ParsedMail, Unparseable
from tickets.mail.wire import dumps, to_wire

SEEDS = [c.raw for c in CASES if len(c.raw) < 20_000]
SPICE = [
    b"\0",
    b"\r\n",
    b"\n\n",
    b"--b1",
    b"--b1--",
    b"=?utf-8?b?",
    b"?=",
    b"boundary=",
    b"Content-Type: multipart/mixed; ",
    b"\xff\xfe",
    b"charset=",
    b"filename*0*=",
    b";",
    b'"',
    b"(",
    b"<",
    b"@",
    b"From: ",
    b"Content-Transfer-Encoding: base64\r\n",
]


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    pool = ParserPool(size=1)
    yield pool
    pool.close()


def mutate(raw: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    out = bytearray(raw)
    for _ in range(rng.randint(1, 8)):
        at = rng.randint(0, len(out))
        kind = rng.randrange(5)
        if kind == 0:
            out[at:at] = rng.choice(SPICE)
        elif kind == 1:
            del out[at : at + rng.randint(1, 40)]
        elif kind == 2:
            out[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 3:
            other = rng.choice(SEEDS)
            start = rng.randint(0, len(other))
            out[at:at] = other[start : start + rng.randint(1, 300)]
        else:
            out[at:at] = out[at : at + rng.randint(1, 100)] * rng.randint(1, 20)
    return bytes(out)


def check(parsed: ParsedMail) -> None:
    head, bodies = to_wire(parsed)
    assert b"\\u0000" not in dumps(head)
    assert all("/" not in f.filename and f.filename not in ("", ".", "..") for f in parsed.files)
    assert (parsed.sender is None) == bool(parsed.from_reason)
    assert "\n" not in parsed.subject
    assert len(bodies) == len(parsed.files)


@given(st.binary(max_size=2_000))
def test_random_bytes(raw: bytes) -> None:
    with contextlib.suppress(Unparseable):
        check(parse_mail(raw))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(SEEDS), st.integers())
def test_mutated_mails(raw: bytes, seed: int) -> None:
    with contextlib.suppress(Unparseable):
        check(parse_mail(mutate(raw, seed), authserv_id="mx.example"))


def test_one_child_survives_them_all(pool: ParserPool) -> None:
    pool.parse(SEEDS[0])
    before = pool.pids()
    refusals: set[str] = set()
    for seed in range(400):
        try:
            check(pool.parse(mutate(SEEDS[seed % len(SEEDS)], seed)))
        except Unparseable as refused:
            refusals.add(refused.reason)
    assert not refusals & {"crashed", "timeout"}
    assert pool.pids() == before


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_raises(data: bytes, label: str) -> None:
    codec_for(label)
    decode_text(data, label)
    for encoding in ("base64", "quoted-printable", "x-uuencode", label):
        decode_transfer(data, encoding)


@given(st.text(max_size=300))
def test_text_helpers_never_raise(text: str) -> None:
    decode_words(text)
    decode_words(f"=?{text}?b?{text}?= =?utf-8?q?{text}?=")
    unflow(text, delsp=True)
    html_to_text(text)
    html_to_text(f"<table><td {text}>{text}<pre>")


FLOWED = b"Content-Type: text/plain; format=flowed\r\n"
REPORT = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n"
COSTLY = {
    "flowed_paragraph": FLOWED + b"\r\n" + b"a \n" * 700_000,
    "punycode": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 2_000_000,
    "idna_word": b"X-A: =?idna?q?" + b"a" * 60_000 + b"?=\r\n\r\n",
    "many_from_commas": b"Cc: " + b"a@b," * 16_000 + b"\r\n\r\n",
    "open_angles": b"Cc: " + b"<" * 60_000 + b"\r\n\r\n",
    "semicolons": b'Content-Type: text/plain; a="' + b";" * 60_000 + b"\r\n\r\n",
    "boundary_lookalikes": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"\n--aa" * 400_000,
    "comments": b"Authentication-Results: mx; " + b"(" * 8_000 + b")" * 8_000 + b"\r\n\r\n",
    "report_folds": REPORT + b"\r\n" + b"a: b\n " * 200_000,
    "unclosed_scripts": b"Content-Type: text/html\r\n\r\n" + b"<script>" * 250_000,
}


@pytest.mark.parametrize("raw", COSTLY.values(), ids=COSTLY.keys())
def test_cost_grows_with_size_alone(raw: bytes, pool: ParserPool) -> None:
    # Quadratic code takes minutes for these; the bound is what the child is given, not what it needs (under 1 s).
    assert pool.parse(b"From: a@b.example\r\n" + raw, authserv_id="mx", timeout=15).sender == "a@b.example"
