"""A file name from a stranger, made safe to show, to offer and to save."""

from __future__ import annotations

import re

from helpdesk.lib.text import clean_line

# Path separators, what Windows forbids, and every direction mark: "gpj.exe" must not read "exe.jpg".
_FORBIDDEN = re.compile('[\\\\/:*?"<>|\u200e\u200f\u061c\u200b-\u200d\u2028\u2029]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_MAX_BYTES = 180  # file systems allow 255; a suffix like " (2)" must fit

_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pgp-encrypted": ".asc",
    "application/pgp-signature": ".asc",
    "application/ms-tnef": ".dat",
    "application/zip": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/vcard": ".vcf",
}
_NAMES = {
    "text/calendar": "invite",
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pgp-signature": "signature",
    "application/pgp-encrypted": "encrypted",
    "application/ms-tnef": "winmail",
    "message/rfc822": "message",
}


def safe_filename(claimed: str, content_type: str, number: int) -> str:
    """The last component of `claimed`, cleaned and cut; named by type ("invite.ics") when none is left."""
    last = re.split(r"[\\/]", claimed[-1_000:])[-1]
    name = clean_line(_FORBIDDEN.sub("_", clean_line(last, max_length=1_000)), max_length=1_000).strip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    if not name.strip("_. "):
        stem = _NAMES.get(content_type, f"attachment-{number}")
        return stem + _EXTENSIONS.get(content_type, ".bin")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 20:
        stem, extension = name, ""
    room = _MAX_BYTES - len(extension.encode()) - 1
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip()
    return f"{stem}.{extension}" if extension else stem
