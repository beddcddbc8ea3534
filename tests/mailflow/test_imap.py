"""Fetching from a real Dovecot: by watermark, without touching a flag, and through the guard."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone
from imapclient import IMAPClient

from helpdesk.lib import net
from helpdesk.lib.errors import Forbidden, RuleViolation
from helpdesk.outbox.models import OutboxMail
from tests.cast import Cast
from tests.dovecot import PASSWORD, Dovecot
from tests.mail.awkward import nested
from tests.mailflow.letters import letter, stranger
from tickets.models import InboundMail, Mailbox, Ticket
from tickets.services import incoming, mailboxes


class Remote:
    """A folder of a user of our own, so that tests do not meet."""

    def __init__(self, server: Dovecot) -> None:
        self.user = f"u{uuid.uuid4().hex[:10]}"
        self.url = f"imap://{self.user}:{PASSWORD}@127.0.0.1:{server.port}/Desk"
        self.client = IMAPClient("127.0.0.1", server.port, ssl=False)
        self.client.login(self.user, PASSWORD)
        self.client.create_folder("Desk")

    def put(self, *mails: bytes, at: dt.datetime | None = None) -> None:
        for raw in mails:
            self.client.append("Desk", raw, msg_time=at)

    def new_uidvalidity(self, *mails: bytes) -> None:
        self.client.delete_folder("Desk")
        self.client.create_folder("Desk")
        self.put(*mails)

    def flags(self) -> list[tuple[Any, ...]]:
        self.client.select_folder("Desk", readonly=True)
        return [f[b"FLAGS"] for f in self.client.fetch(self.client.search(), ["FLAGS"]).values()]


@pytest.fixture
def remote(dovecot: Dovecot, settings: Any, mailbox: Mailbox) -> Remote:
    folder = Remote(dovecot)
    settings.MAILBOX_URL = folder.url
    return folder


def fetch() -> int:
    """One tick: all due mailboxes, then what they brought."""
    count = sum(mailboxes.poll(key) for key in mailboxes.pollable())
    incoming.process_due()
    return count


def test_new_mail_is_fetched_once_and_left_as_it_was(remote: Remote) -> None:
    assert fetch() == 0  # the watch begins
    who = stranger()
    remote.put(letter(who), letter(stranger()))
    assert (fetch(), fetch()) == (2, 0)
    assert Ticket.objects.filter(customer__email=who).count() == 1
    assert OutboxMail.objects.filter(recipient=who).count() == 1
    assert all(b"\\Seen" not in flags for flags in remote.flags())
    box = Mailbox.objects.get(from_environment=True)
    assert (box.last_error, box.last_fetch_at is not None) == ("", True)
    assert PASSWORD not in box.imap_url


def test_poison_does_not_stop_the_next(remote: Remote) -> None:
    remote.put(letter(stranger()), nested(2_000), b"\x00\x01 no mail", letter(stranger()))
    fetch()
    assert sorted(InboundMail.objects.values_list("state", flat=True)) == [
        "created", "created", "quarantined", "quarantined",
    ]  # fmt: skip


def test_a_mail_over_the_limit_is_quarantined_and_the_next_flows(remote: Remote, settings: Any) -> None:
    settings.MAX_MAIL_BYTES = 20_000
    remote.put(letter(stranger(), "x" * 60_000), letter(stranger()))
    assert fetch() == 2
    assert sorted(InboundMail.objects.values_list("state", flat=True)) == ["created", "quarantined"]


def test_another_uidvalidity_reads_all_again_and_doubles_nothing(remote: Remote) -> None:
    first, second = letter(stranger()), letter(stranger())
    remote.put(first)
    assert fetch() == 1
    old = Mailbox.objects.get(from_environment=True).uidvalidity
    remote.new_uidvalidity(first, second)
    assert fetch() == 1
    assert Mailbox.objects.get(from_environment=True).uidvalidity != old
    assert Ticket.objects.count() == 2


def test_the_first_sync_of_an_old_mailbox_sends_nothing(remote: Remote) -> None:
    remote.put(*(letter(stranger()) for _ in range(3)), at=timezone.now() - dt.timedelta(days=30))
    assert fetch() == 3
    assert (Ticket.objects.count(), OutboxMail.objects.count()) == (3, 0)


def test_a_crash_between_store_and_watermark_doubles_nothing(remote: Remote) -> None:
    remote.put(letter(stranger()))
    fetch()
    Mailbox.objects.update(last_uid=0)  # stored, and died before the watermark moved
    assert fetch() == 0
    assert Ticket.objects.count() == 1


def test_a_batch_is_bounded_and_goes_on(remote: Remote) -> None:
    remote.put(*(letter(stranger()) for _ in range(5)))
    [key] = mailboxes.pollable()
    assert [mailboxes.poll(key, batch=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_dead_fetchers_lease_ends(remote: Remote) -> None:
    [key] = mailboxes.pollable()
    Mailbox.objects.update(leased_until=timezone.now() + mailboxes.LEASE)
    assert mailboxes.pollable() == []
    assert dt.timedelta(minutes=2) >= mailboxes.LEASE
    Mailbox.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert mailboxes.pollable() == [key]


@pytest.mark.parametrize(
    ("change", "words"), [((PASSWORD, "wrong"), "refused user or password"), (("/Desk", "/Nowhere"), "Nowhere")]
)
def test_trouble_is_said_in_words(remote: Remote, settings: Any, change: tuple[str, str], words: str) -> None:
    settings.MAILBOX_URL = remote.url.replace(*change)
    fetch()
    box = Mailbox.objects.get(from_environment=True)
    assert words in box.last_error
    assert "wrong" not in box.last_error
    assert box.failing_since is not None
    assert mailboxes.pollable() == []  # a pause, then again


def test_hosts_typed_by_people_pass_the_guard(dovecot: Dovecot, cast: Cast, settings: Any) -> None:
    url = f"imap://u:{PASSWORD}@127.0.0.1:{dovecot.port}/INBOX"
    for inside in (url, "imap://u:p@localhost/INBOX", "imaps://u:p@169.254.169.254/", "imap://u:p@[::ffff:10.0.0.1]/"):
        with pytest.raises(RuleViolation) as refused:
            mailboxes.save_mailbox(actor=cast.admin, address="a@example.com", imap_url=inside)
        assert refused.value.field == "imap_url"
    settings.EGRESS_ALLOW = ["127.0.0.0/8"]
    box = mailboxes.save_mailbox(actor=cast.admin, address="a@example.com", imap_url=url)
    assert mailboxes.poll(box.pk) == 0
    box.refresh_from_db()
    assert box.last_error == ""
    settings.EGRESS_ALLOW = []  # checked again at each connection: names change
    mailboxes.poll(box.pk)
    box.refresh_from_db()
    assert "private network" in box.last_error


def test_agents_cannot_write_mailboxes(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        mailboxes.save_mailbox(actor=cast.ana, address="b@example.com")
    assert not Mailbox.objects.filter(address="b@example.com").exists()


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True), ("2606:4700::1", True), ("127.0.0.1", False), ("10.1.2.3", False), ("100.64.0.1", False),
        ("169.254.169.254", False), ("::1", False), ("::ffff:127.0.0.1", False), ("64:ff9b::a00:1", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("0.1.2.3", False), ("224.0.0.1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, allowed: bool) -> None:
    assert net.is_allowed(address) is allowed
