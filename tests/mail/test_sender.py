"""One strict rule for who a mail is from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.mail.addresses import normalise, parse_list, parse_sender

ONE = [
    ("ana@example.org", "ana@example.org", ""),
    ("<ana@example.org>", "ana@example.org", ""),
    ("Ana Ruiz <Ana@Example.ORG>", "ana@example.org", "Ana Ruiz"),
    ('"Ruiz, Ana" <ana@example.org>', "ana@example.org", "Ruiz, Ana"),
    ("Ruiz, Ana <ana@example.org>", "ana@example.org", "Ruiz, Ana"),
    ("ana@example.org (Ana Ruiz)", "ana@example.org", "Ana Ruiz"),
    ("Ana (ventas) <ana@example.org>", "ana@example.org", "Ana (ventas)"),
    ("=?utf-8?q?Jos=C3=A9?= <jose@example.org>", "jose@example.org", "José"),
    # What the sender calls himself is never who he is.
    ("boss@corp.example <evil@x.example>", "evil@x.example", "boss@corp.example"),
    ('"boss@corp.example" <evil@x.example>', "evil@x.example", "boss@corp.example"),
    ('"Boss <boss@corp.example>" <evil@x.example>', "evil@x.example", "Boss <boss@corp.example>"),
    ("(boss@corp.example) evil@x.example", "evil@x.example", "boss@corp.example"),
    ("=?utf-8?b?Ym9zc0Bjb3JwLmV4YW1wbGU=?= <evil@x.example>", "evil@x.example", "boss@corp.example"),
    ("=?utf-8?q?=3Cboss=40corp.example=3E=2C?= <evil@x.example>", "evil@x.example", "<boss@corp.example>,"),
    ('"ana"@example.org', "ana@example.org", ""),
    ("Ana < ana@example.org >", "ana@example.org", "Ana"),
    ("ana@münchen.example", "ana@xn--mnchen-3ya.example", ""),
    ("ana,<ana@example.org>", "ana@example.org", "ana,"),
]

NOBODY = [
    ("", "missing"),
    ("   ", "missing"),
    ("boss@corp.example, evil <evil@x.example>", "several_addresses"),
    ("a@x.example, b@y.example", "several_addresses"),
    ("<a@x.example> <b@y.example>", "malformed"),
    ("a@x.example <b@y.example", "malformed"),
    ("a@x.example b@y.example", "malformed"),
    ("<b@y.example> a@x.example", "malformed"),
    ("team: a@x.example, b@y.example;", "group"),
    ("undisclosed-recipients:;", "group"),
    ("<>", "null"),
    ("Mail Delivery System <>", "null"),
    ("Ana", "malformed"),
    ("@example.org", "malformed"),
    ("ana@", "malformed"),
    ("ana@@example.org", "malformed"),
    ('"Ana <ana@example.org>', "malformed"),
    ("Ana (open <ana@example.org>", "malformed"),
    ("<ana@example.org(boss)>", "malformed"),
    ("<@relay.example:ana@example.org>", "group"),
    ("ana@[10.0.0.1]", "malformed"),
    ("ana@10.0.0.1", "malformed"),
    ("ana..b@example.org", "malformed"),
    ('"boss@corp.example"@x.example', "malformed"),
    ("=?utf-8?q?boss?=@corp.example", "malformed"),
    ("<=?utf-8?q?boss=40corp.example?=>", "malformed"),
    ("ana\x00@example.org", "malformed"),
    ("ana\r@example.org", "malformed"),
    ("an\u212a@example.org", "malformed"),  # the Kelvin sign lower-cases to k
    ("ana\uff20corp.example@x.example", "malformed"),  # full-width @
    ("ana@corp\u3002example", "malformed"),  # ideographic full stop, a dot to IDNA
    ("a" * 65 + "@example.org", "malformed"),
    ("ana@" + "x" * 300 + ".org", "malformed"),
    ("(" * 5_000 + "ana@example.org", "malformed"),
]


@pytest.mark.parametrize(("value", "email", "name"), ONE)
def test_one_sender(value: str, email: str, name: str) -> None:
    mailbox, reason = parse_sender([value])
    assert reason == ""
    assert mailbox is not None
    assert (mailbox.email, mailbox.name) == (email, name)


@pytest.mark.parametrize(("value", "reason"), NOBODY)
def test_nobody_when_it_could_be_read_in_two_ways(value: str, reason: str) -> None:
    assert parse_sender([value]) == (None, reason)


def test_two_from_headers_name_nobody_even_when_alike() -> None:
    assert parse_sender(["a@x.example", "a@x.example"]) == (None, "several_headers")
    assert parse_sender([]) == (None, "missing")


@given(st.text(alphabet='ab@.<>,:;"()\\ =?\t', max_size=60))
def test_whoever_is_named_is_written_in_the_header_as_an_address(value: str) -> None:
    mailbox, reason = parse_sender([value])
    assert (mailbox is None) == bool(reason)
    if mailbox is not None:
        assert normalise(mailbox.email) == mailbox.email
        assert mailbox.email.partition("@")[2] in value


@given(st.text(max_size=200))
def test_no_list_of_addresses_is_too_odd(value: str) -> None:
    found, cut = parse_list([value], 5)
    assert len(found) <= 5
    assert not cut or len(found) == 5
