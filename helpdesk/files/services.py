"""Storing and handing out bytes, inert."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext as _

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.text import clean_line

from .models import StoredFile

_TYPE = re.compile(r"^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}$")
# What a browser may show in the page: raster images only. SVG and HTML can run scripts.
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def safe_filename(name: str) -> str:
    """The last path part of `name` without separators, controls and leading dots; never empty."""
    name = clean_line(name.replace("\\", "/").rsplit("/", 1)[-1], max_length=200).lstrip(".")
    return re.sub(r'[<>:"|?*\n]', "_", name) or "file"


def store(*, content: bytes, filename: str, content_type: str = "", limit: int | None = None) -> StoredFile:
    """Write `content` under a random key and record it.

    The bytes are on disk before the row exists: a crash in between leaves an unused file, never a row
    without its bytes. Raises RuleViolation("too_large") over `limit` bytes (default MAX_UPLOAD_BYTES).
    """
    cap = settings.MAX_UPLOAD_BYTES if limit is None else limit
    if len(content) > cap:
        raise RuleViolation(
            "too_large", _("The file is larger than %(mb)s MB.") % {"mb": cap // (1024 * 1024)}, status=413
        )
    declared = content_type.split(";")[0].strip().lower()
    key = uuid.uuid4().hex
    default_storage.save(f"{key[:2]}/{key}", ContentFile(content))
    return StoredFile.objects.create(
        key=key,
        filename=safe_filename(filename),
        content_type=declared if _TYPE.match(declared) else "application/octet-stream",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def read(file: StoredFile) -> bytes:
    """All bytes of `file`."""
    with default_storage.open(f"{file.key[:2]}/{file.key}") as handle:
        return bytes(handle.read())


def chunks(file: StoredFile, size: int = 64 * 1024) -> Iterator[bytes]:
    """The bytes of `file` in pieces of `size`."""
    with default_storage.open(f"{file.key[:2]}/{file.key}") as handle:
        while piece := handle.read(size):
            yield piece


def shred(file: StoredFile) -> None:
    """Forget the bytes and the name of `file`; its row stays for what points at it. The bytes go when this commits."""
    name = f"{file.key[:2]}/{file.key}"
    StoredFile.objects.filter(pk=file.pk).update(filename="erased", content_type="text/plain", size=0)

    def empty() -> None:
        default_storage.delete(name)
        default_storage.save(name, ContentFile(b""))

    transaction.on_commit(empty)


def response(file: StoredFile) -> FileResponse:
    """A download that no browser will run: attachment, nosniff, sandboxed; images may show inline.

    The caller has already checked that this reader may see the file.
    """
    inline = file.content_type in INLINE_TYPES
    answer = FileResponse(
        default_storage.open(f"{file.key[:2]}/{file.key}"),
        as_attachment=not inline,
        filename=file.filename,
        content_type=file.content_type if inline else "application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def discard(file: StoredFile) -> None:
    """Delete `file`, row and bytes; nothing may point at it. The bytes go when this commits."""
    name = f"{file.key[:2]}/{file.key}"
    file.delete()
    transaction.on_commit(lambda: default_storage.delete(name))
