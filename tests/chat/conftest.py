"""Fixtures of live chat. Imports that need Django wait until it is set up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast

    from .desk import Desk


@pytest.fixture(scope="session")
def _server(django_db_setup: None) -> Iterator[Desk]:
    from .desk import running

    with running() as found:
        yield found


@pytest.fixture
def desk(transactional_db: None, _server: Desk) -> Desk:
    return _server


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    from helpdesk.people.models import Department
    from tests.cast import make_cast

    found = make_cast()
    Department.objects.filter(pk=found.billing.pk).update(position=5)  # new chats go to Support
    return found
