from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.dovecot import Dovecot
from tests.mailflow import sink as smtp

if TYPE_CHECKING:  # models may not be imported before Django is set up, which is after this file
    from tests.cast import Cast
    from tickets.models import Mailbox


@pytest.fixture(scope="session")
def _smtp() -> Iterator[smtp.Sink]:
    sink, controller = smtp.start()
    yield sink
    controller.stop()


@pytest.fixture
def sink(_smtp: smtp.Sink, settings: Any) -> smtp.Sink:
    """An SMTP server that accepts everything, until a test tells it otherwise; EMAIL_URL names it."""
    _smtp.letters.clear()
    _smtp.connections = 0
    _smtp.answer = lambda recipient: ""
    _smtp.after_data = lambda raw: ""
    settings.EMAIL_URL = _smtp.url
    return _smtp


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot().start()
    yield server
    server.stop()


@pytest.fixture
def cast(db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def mailbox(cast: Cast) -> Mailbox:
    from tickets.services.mailboxes import default_mailbox

    box = default_mailbox()
    box.department = cast.support
    box.save()
    return box
