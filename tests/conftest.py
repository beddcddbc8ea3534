"""Real engines for the tests: one throwaway PostgreSQL and Valkey per run, a database of each per worker.

Django's settings are named here and not in pyproject.toml, because this module has to be imported before they
are read. Fixtures of one area live in `tests/<area>/conftest.py`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

from helpdesk.engines.sessions import start_throwaway

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0", "gw1", …; empty in the controller


def _start_engines() -> None:
    """In the controller: the workers inherit its environment. Your own servers are used if you name both."""
    directory = Path(tempfile.mkdtemp(prefix="helpdesk-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["HELPDESK_DATA_DIR"] = str(directory / "data")
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        engines = start_throwaway(directory / "engines")
        atexit.register(engines.stop)
        os.environ.update(engines.urls)


def _settle_worker() -> None:
    """pytest-django gives each worker its database; its Valkey number and channel prefix are given here."""
    os.environ["HELPDESK_DATA_DIR"] += f"-{_WORKER}"
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rpartition("/")[0] + f"/{int(_WORKER.removeprefix('gw')) + 1}"
    os.environ["CHANNEL_PREFIX"] = f"test-{_WORKER}"  # publish/subscribe knows no database numbers


if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests name their settings after starting their engines.")
if _WORKER:
    _settle_worker()
else:
    _start_engines()
os.environ["HELPDESK_TESTING"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"


# Examples have no time limit of their own: on a busy machine a slow one would count as a failure.
hypothesis.settings.register_profile("helpdesk", deadline=None)
hypothesis.settings.load_profile("helpdesk")


def pytest_configure() -> None:
    """pytest-django sets Django up next, but only if the settings have been read by then."""
    assert settings.DATABASES


def pytest_sessionstart(session: pytest.Session) -> None:
    """Workers that inherited the name of the settings would read them before this module."""
    if not _WORKER and session.config.getoption("numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]
