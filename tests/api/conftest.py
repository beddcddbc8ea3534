"""Who calls the API in these tests. Imports wait in the fixtures: this file is read before Django is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from tickets.models import Ticket

    from .client import Api


@pytest.fixture
def cast(db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """Lucía's, at Support."""
    from tests.cast import open_ticket

    return open_ticket(cast)


def _client(user: object) -> Api:
    from .client import Api

    return Api(user)  # type: ignore[arg-type]


@pytest.fixture
def ana(cast: Cast) -> Api:
    """An agent of Support, tier 1."""
    return _client(cast.ana)


@pytest.fixture
def olga(cast: Cast) -> Api:
    """An agent of another department."""
    return _client(cast.olga)


@pytest.fixture
def sara(cast: Cast) -> Api:
    """A supervisor."""
    return _client(cast.sara)


@pytest.fixture
def admin(cast: Cast) -> Api:
    return _client(cast.admin)


@pytest.fixture
def stranger() -> Api:
    """No token."""
    return _client(None)
