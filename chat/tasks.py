"""The beat's part of live chat: who is gone, who is silent, which positions are still to be told."""

from __future__ import annotations

import datetime as dt
import logging

import redis
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from helpdesk.realtime import presence, valkey

from . import rules, services
from .models import Chat, Visitor, WidgetRequest, WidgetSession
from .services import handling, unread
from .services.queue import push_dirty

log = logging.getLogger(__name__)
KEEP_TOKENS = dt.timedelta(days=30)  # after their end, for whoever asks what happened
MOST_LIVE = 5000  # live chats looked at in one sweep


@shared_task(name="chat.tasks.housekeeping")
def housekeeping() -> None:
    """Runs every few seconds on any worker; each step is a claim, so two at once do no harm."""
    sweep(timezone.now())
    push_dirty()


@shared_task(name="chat.tasks.tidy")
def tidy() -> int:
    """Forget tokens and attempts that nobody can use any more, and visitors who never said a word. Safe to repeat.

    Returns how many rows went. Every visitor who opens the panel gets a row and a token; most never write.
    """
    before = timezone.now() - KEEP_TOKENS
    tokens, _kinds = WidgetSession.objects.filter(expires_at__lt=before).delete()
    attempts, _kinds = WidgetRequest.objects.filter(created_at__lt=before).delete()
    silent = Visitor.objects.filter(chats=None, sessions=None, last_seen_at__lt=before)
    visitors, _kinds = silent.delete()
    return tokens + attempts + visitors


def sweep(now: dt.datetime) -> None:
    """1. note who is missing 2. mail them what they may not have read 3. give back chats of agents who are gone
    4. end those of visitors who left.

    Without Valkey nobody's absence can be known, so nothing is done.
    """
    try:
        valkey.client().ping()
    except redis.RedisError:
        log.warning("chat sweep skipped: Valkey does not answer")
        return
    live = list(Chat.objects.exclude(state=Chat.State.ENDED).select_related("ticket").order_by("id")[:MOST_LIVE])
    visitors = presence.present_among("visitor", {c.visitor_id for c in live})
    agents = presence.present_among("agent", {c.agent_id for c in live if c.agent_id})
    for chat in live:
        try:
            _look_at(chat, now, visitor=chat.visitor_id in visitors, agent=chat.agent_id in agents)
        except Exception:  # one chat in trouble must not keep the sweep from the others
            log.exception("chat %s: sweep failed", chat.pk)


def _look_at(chat: Chat, now: dt.datetime, *, visitor: bool, agent: bool) -> None:
    _mark(chat, "visitor_missing_since", present=visitor, now=now)
    if rules.gone(chat.visitor_missing_since, now, rules.VISITOR_GRACE):
        reason = rules.leaving_reason(chat.accepted_at is not None)
        services.leave(chat=chat, reason=reason, unless=chat.visitor_missing_since)
        return
    if rules.gone(chat.visitor_missing_since, now, rules.UNREAD_GRACE):
        unread.mail(chat=chat)
    if chat.state != Chat.State.ACTIVE:
        return
    _mark(chat, "agent_missing_since", present=agent, now=now)
    if chat.agent_missing_since is not None and rules.gone(chat.agent_missing_since, now, rules.AGENT_GRACE):
        services.give_back(chat=chat, missing_since=chat.agent_missing_since)
    elif rules.is_idle(_last_word(chat), now, settings.CHAT_IDLE_SECONDS):
        services.leave(chat=chat, reason=Chat.EndReason.IDLE, silent_since=_last_word(chat))


def _mark(chat: Chat, field: str, *, present: bool, now: dt.datetime) -> None:
    """Note the first sweep that missed them; forget it when they are back. A row is written on change only."""
    known: dt.datetime | None = getattr(chat, field)
    value = None if present else known or now
    if value != known:
        Chat.objects.filter(pk=chat.pk, **{field: known}).update(**{field: value})
        setattr(chat, field, value)


def _last_word(chat: Chat) -> dt.datetime:
    return handling.last_word(chat, chat.ticket)
