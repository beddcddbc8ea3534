"""Every awkward mail comes out as a person would read it, or goes to quarantine with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import Any

import pytest

from tests.mail.awkward import CASES, Case
from tickets.mail.parse import parse_mail
from tickets.mail.parsed import ParsedMail, Unparseable
from tickets.mail.wire import dumps, from_wire, loads, to_wire


def observed(parsed: ParsedMail, name: str) -> Any:
    if name == "filenames":
        return tuple(f.filename for f in parsed.files)
    if name == "n_files":
        return len(parsed.files)
    if name == "n_references":
        return len(parsed.references)
    if name == "inline":
        return tuple(f.content_id for f in parsed.files if f.inline)
    if name == "bounce":
        return astuple(parsed.bounce) if parsed.bounce else None
    return getattr(parsed, name)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(CASES) >= 90
    assert [n for n, times in Counter(c.name for c in CASES).items() if times > 1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_awkward_mail(case: Case) -> None:
    if case.quarantine:
        with pytest.raises(Unparseable) as refusal:
            parse_mail(case.raw)
        assert refusal.value.reason == case.quarantine
        return
    parsed = parse_mail(case.raw)
    for name, wanted in case.expect.items():
        if name.endswith("~"):
            assert wanted in observed(parsed, name[:-1])
        else:
            assert observed(parsed, name) == wanted, name


@pytest.mark.parametrize("case", [c for c in CASES if not c.quarantine], ids=lambda c: c.name)
def test_what_is_parsed_survives_the_pipe_and_the_database(case: Case) -> None:
    parsed = parse_mail(case.raw)
    head, bodies = to_wire(parsed)
    packed = dumps(head)

    assert from_wire(loads(packed), bodies) == parsed
    assert b"\\u0000" not in packed
    parsed.text.encode()  # no lone surrogate


def test_own_control_headers_are_stripped_from_what_is_shown() -> None:
    parsed = parse_mail(next(c.raw for c in CASES if c.name == "own_control_header"))
    assert not [n for n, _ in parsed.headers if n.startswith("x-helpdesk")]


def test_a_long_text_is_cut_and_says_so() -> None:
    parsed = parse_mail(b"From: a@b.example\r\n\r\n" + b"palabra " * 200_000)
    assert len(parsed.text) == 500_000
    assert "text" in parsed.truncated


def test_only_so_many_addresses_are_kept() -> None:
    many = b", ".join(b"p%d@x.example" % i for i in range(1_000))
    parsed = parse_mail(b"From: a@b.example\r\nTo: " + many + b"\r\n\r\n")
    assert len(parsed.to) == 200
    assert "addresses" in parsed.truncated
