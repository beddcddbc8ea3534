"""What a colleague may hear and read is looked at again while the socket is open; the API shows no more than that."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from chat import services
from chat.consumers import rights
from helpdesk.people.models import ApiToken, User
from helpdesk.people.services import update_agent
from tests.cast import SETUP, Cast

from .desk import api_token

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_signing_out_ends_the_right_to_the_socket(cast: Cast) -> None:
    client = signed_in(cast.ana)
    found = rights.by_session(str(client.session.session_key))
    assert found is not None
    assert rights.again(found) is not None
    client.logout()
    assert rights.again(found) is None


def test_a_cookie_that_no_database_takes_is_nobodys() -> None:
    cookie = b'hd_session="aaaaaaaaaa\\000b"'
    assert rights.session_key({"trusted_origin": True, "headers": [(b"cookie", cookie)]}) == ""


def test_a_new_password_ends_it_too(cast: Cast) -> None:
    found = rights.by_session(str(signed_in(cast.ana).session.session_key))
    assert found is not None
    user = User.objects.get(pk=cast.ana.pk)
    user.set_password("another long enough password")
    user.save()
    assert rights.again(found) is None


def test_a_revoked_token_ends_it(cast: Cast) -> None:
    found = rights.by_token(api_token(cast.ana))
    assert found is not None
    assert found.may_write
    ApiToken.objects.filter(user=cast.ana).delete()
    assert rights.again(found) is None


def test_groups_follow_the_memberships(cast: Cast) -> None:
    found = rights.by_token(api_token(cast.ana))
    assert found is not None
    assert f"dept.{cast.support.pk}" in found.groups
    assert f"dept.{cast.billing.pk}" not in found.groups
    update_agent(actor=SETUP, user=cast.ana, memberships=[(cast.billing, 2)])
    now = rights.again(found)
    assert now is not None
    assert f"dept.{cast.support.pk}" not in now.groups
    assert f"dept.{cast.billing.pk}" in now.groups


@pytest.mark.parametrize("resource", ["chats", "visitors"])
def test_the_api_shows_chats_of_visible_tickets(cast: Cast, resource: str) -> None:
    session, _token = services.start_session()
    services.visitor_send(visitor=session.visitor, uid=uuid.uuid4(), text="hello")

    def read(user: User, path: str = "") -> tuple[int, dict[str, object]]:
        answer = Client().get(
            f"/api/v1/{resource}/{path}", headers={"Authorization": f"Bearer {api_token(user, 'read')}"}
        )
        return answer.status_code, answer.json()

    status, page = read(cast.ana)
    assert status == 200
    (row,) = page["results"]  # type: ignore[misc]
    assert read(cast.ana, f"{row['id']}/")[0] == 200  # type: ignore[call-overload]
    assert read(cast.olga)[1]["results"] == []
    assert read(cast.olga, f"{row['id']}/")[0] == 404  # type: ignore[call-overload]
    assert read(cast.ana, "?nonsense=1")[0] == 400
