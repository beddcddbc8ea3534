"""Database work of sockets, on threads of our own.

`database_sync_to_async` runs everything of a process on one thread: one slow query would hold up every chat.
Here CHAT_THREADS units run at a time; each gives its connection back to the pool when it is done.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)


@functools.cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.CHAT_THREADS, thread_name_prefix="chat")


async def in_thread(language: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`function` on a thread with a database connection of its own, in the reader's `language`."""
    work = functools.partial(_unit, language, functools.partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_executor(), work)


def _unit(language: str, work: Callable[[], T]) -> T:
    try:
        with translation.override(language or settings.LANGUAGE_CODE):
            return work()
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()  # with a pool: back to it
