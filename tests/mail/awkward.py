"""The corpus: awkward mails, one per class of bug, each with what must come out of it.

`expect` names attributes of ParsedMail or what test_corpus.observed adds; a name that ends in "~" asks for a
substring or member. `quarantine` is the reason when the mail must not parse.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

HEAD = b"From: Ana <ana@example.org>\r\nTo: support@example.com\r\nSubject: s\r\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Case:
    name: str
    raw: bytes
    expect: dict[str, Any] = field(default_factory=dict)
    quarantine: str = ""


def mail(head: bytes = b"", body: bytes = b"hola", *, base: bytes = HEAD) -> bytes:
    return base + head + b"\r\n" + body


def multipart(kind: bytes, *parts: bytes, boundary: bytes = b"b1", params: bytes = b"") -> bytes:
    """A header and body to append after HEAD."""
    head = b'Content-Type: multipart/%s; boundary="%s"%s\r\n\r\n' % (kind, boundary, params)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, p) for p in parts) + b"--%s--\r\n" % boundary


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="x%d"\r\n\r\n--x%d\r\n' % (i, i) for i in range(depth))
    return HEAD + head + b"\r\ndeep\r\n"


def part(kind: bytes, body: bytes, head: bytes = b"") -> bytes:
    return b"Content-Type: %s\r\n%s\r\n%s" % (kind, head, body)


PLAIN = part(b"text/plain; charset=utf-8", b"hola")
RICH = part(b"text/html; charset=utf-8", b"<p>hola <b>rica</b></p>")
PDF = part(b"application/pdf", base64.b64encode(b"%PDF-1"), b"Content-Transfer-Encoding: base64\r\n")


def attached(disposition: bytes, kind: bytes = b"application/pdf") -> bytes:
    body = part(kind, b"x", b"Content-Disposition: " + disposition + b"\r\n")
    return HEAD + multipart(b"mixed", PLAIN, body)


def names(*found: str) -> dict[str, Any]:
    return {"filenames": found}


CHARSETS = [
    Case(
        "charset_unknown",
        mail(b"Content-Type: text/plain; charset=x-klingon\r\n", "año".encode()),
        {"text": "año"},
    ),
    Case(
        "charset_not_a_charset",
        mail(b"Content-Type: text/plain; charset=zlib\r\n", b"hola"),
        {"text": "hola"},
    ),
    Case(
        "charset_quadratic_codec",
        mail(b"Content-Type: text/plain; charset=idna\r\n", b"a" * 99),
        {"text": "a" * 99},
    ),
    Case("charset_missing_latin1", mail(body="señor".encode("latin-1")), {"text": "señor"}),
    Case("charset_missing_utf8", mail(body="señor €".encode()), {"text": "señor €"}),
    Case(
        "charset_ascii_but_8bit",
        mail(b"Content-Type: text/plain; charset=us-ascii\r\n", "niño".encode("cp1252")),
        {"text": "niño"},
    ),
    Case(
        "charset_latin1_but_utf8",
        mail(b"Content-Type: text/plain; charset=iso-8859-1\r\n", "niño".encode()),
        {"text": "niño"},
    ),
    Case(
        "charset_utf8_undecodable",
        mail(b"Content-Type: text/plain; charset=utf-8\r\n", "ñandú áéí ".encode() + b"\xff!"),
        {"text": "ñandú áéí \ufffd!"},
    ),
    Case(
        "charset_windows_quotes",
        mail(b"Content-Type: text/plain; charset=iso-8859-1\r\n", b"\x93hola\x94 \x80"),
        {"text": "“hola” €"},
    ),
    Case(
        "charset_gb2312_superset",
        mail(b"Content-Type: text/plain; charset=gb2312\r\n", "朱镕基".encode("gb18030")),
        {"text": "朱镕基"},
    ),
    Case(
        "charset_iso2022jp",
        mail(b"Content-Type: text/plain; charset=ISO-2022-JP\r\n", "日本".encode("iso-2022-jp")),
        {"text": "日本"},
    ),
    Case(
        "charset_utf16_label_over_ascii",
        mail(b"Content-Type: text/plain; charset=utf-16\r\n", b"hola!!"),
        {"text": "hola!!"},
    ),
    Case(
        "charset_nul_in_label",
        mail(b'Content-Type: text/plain; charset="utf\x00-8"\r\n', b"hola"),
        {"text": "hola"},
    ),
    Case(
        "charset_html_meta",
        mail(b"Content-Type: text/html\r\n", b'<meta charset="koi8-r"><p>' + "мир".encode("koi8-r")),
        {"text": "мир"},
    ),
    Case(
        "charset_utf7_lone_surrogate",
        mail(b"Content-Type: text/plain; charset=utf-7\r\n", b"a+2AA-b"),
        {"text~": "a"},
    ),
]

ENCODINGS = [
    Case(
        "base64_bad_padding",
        mail(b"Content-Transfer-Encoding: base64\r\n", b"aG9sYSBtdW5kbw"),
        {"text": "hola mundo"},
    ),
    Case(
        "base64_lost_character",
        mail(b"Content-Transfer-Encoding: base64\r\n", b"aG9sYSBtdW5kb"),
        {"text~": "hola mund"},
    ),
    Case(
        "base64_concatenated",
        mail(b"Content-Transfer-Encoding: base64\r\n", b"aG9sYQ==\r\nIG11bmRv\r\n"),
        {"text": "hola mundo"},
    ),
    Case(
        "base64_label_over_text",
        mail(b"Content-Transfer-Encoding: base64\r\n", "¿Dónde está? ¡Aquí, señor! ¿Sí? – «Ya».".encode()),
        {"text": "¿Dónde está? ¡Aquí, señor! ¿Sí? – «Ya»."},
    ),
    Case(
        "qp_broken",
        mail(b"Content-Transfer-Encoding: quoted-printable\r\n", b"a=XYb=C3=B1=\r\nc="),
        {"text": "a=XYbñc"},
    ),
    Case(
        "qp_lower_case",
        mail(b"Content-Transfer-Encoding: Quoted-Printable\r\n", b"se=c3=b1or"),
        {"text": "señor"},
    ),
    Case("cte_unknown", mail(b"Content-Transfer-Encoding: x-rot\r\n", b"hola"), {"text": "hola"}),
    Case(
        "uuencoded",
        mail(b"Content-Transfer-Encoding: x-uuencode\r\n", b"begin 644 a\r\n$:&]L80``\r\n`\r\nend\r\n"),
        {"text": "hola"},
    ),
    Case("nul_in_body", mail(body=b"ho\0la\x07"), {"text": "hola"}),
    Case(
        "format_flowed",
        mail(
            b"Content-Type: text/plain; format=flowed\r\n",
            b"una frase \r\nlarga\r\n> cita \r\n> junta\r\n-- \r\nAna",
        ),
        {"text": "una frase larga\n> cita junta\n-- \nAna"},
    ),
    Case(
        "bare_cr_line_ends",
        HEAD.replace(b"\r\n", b"\r") + b"\rhola\rmundo",
        {"subject": "s", "text": "hola\nmundo"},
    ),
]

HEADERS = [
    Case("from_missing", b"Subject: s\r\n\r\nx", {"sender": None, "from_reason": "missing"}),
    Case(
        "from_doubled",
        HEAD + b"From: boss@corp.example\r\n\r\nx",
        {"sender": None, "from_reason": "several_headers"},
    ),
    Case(
        "from_doubled_by_space",
        HEAD + b"From : boss@corp.example\r\n\r\nx",
        {"sender": None, "from_reason": "several_headers"},
    ),
    Case(
        "from_address_as_name",
        b"From: boss@corp.example <evil@x.example>\r\n\r\nx",
        {"sender": "evil@x.example", "sender_name": "boss@corp.example"},
    ),
    Case(
        "from_encoded_address",
        b"From: =?utf-8?q?boss=40corp.example_=3Cboss=40corp.example=3E?= <evil@x.example>\r\n\r\nx",
        {"sender": "evil@x.example"},
    ),
    Case("from_folded", b"From: Ana\r\n\t<ana@example.org>\r\n\r\nx", {"sender": "ana@example.org"}),
    Case(
        "from_nul",
        b"From: boss@corp.example\0<evil@x.example>\r\n\r\nx",
        {"sender": None, "from_reason": "malformed"},
    ),
    Case("subject_missing", b"From: a@b.example\r\n\r\nx", {"subject": ""}),
    Case("subject_doubled", HEAD + b"Subject: other\r\n\r\nx", {"subject": "s", "defects~": "doubled:subject"}),
    Case(
        "subject_split_character",
        b"From: a@b.example\r\nSubject: =?utf-8?b?4oI=?= =?utf-8?b?rA==?= x\r\n\r\n",
        {"subject": "€ x"},
    ),
    Case(
        "subject_encoded_newline",
        b"From: a@b.example\r\nSubject: =?utf-8?q?a=0D=0ABcc:_x=40y?=\r\n\r\n",
        {"subject": "a Bcc: x@y"},
    ),
    Case(
        "subject_bad_base64_word",
        b"From: a@b.example\r\nSubject: =?utf-8?b?!!!?= ok\r\n\r\n",
        {"subject~": "ok"},
    ),
    Case(
        "subject_unknown_charset_word",
        b"From: a@b.example\r\nSubject: =?x-none?q?hola?=\r\n\r\n",
        {"subject": "hola"},
    ),
    Case("subject_raw_utf8", "From: a@b.example\r\nSubject: señor\r\n\r\n".encode(), {"subject": "señor"}),
    Case("subject_bidi_override", "From: a@b.example\r\nSubject: a\u202eb\r\n\r\n".encode(), {"subject": "ab"}),
    Case(
        "subject_endless",
        b"From: a@b.example\r\nSubject: " + b"x" * 900_000 + b"\r\n\r\nhola",
        {"subject": "x" * 500, "text": "hola", "truncated~": "header"},
    ),
    Case("date_impossible", HEAD + b"Date: Fri, 99 Foo 20266 99:99:99 +9999\r\n\r\nx", {"date": None}),
    Case("date_far_away", HEAD + b"Date: Fri, 01 Jan 1970 00:00:00 +0000\r\n\r\nx", {"date": None}),
    Case("message_id_missing", mail(), {"message_id": "", "defects~": "missing:message-id"}),
    Case(
        "message_id_folded_inside",
        HEAD + b"References: <one@x>\r\n <very.long\r\n .id@x>\r\nIn-Reply-To: <one@x>\r\n\r\n",
        {"references": ("<one@x>", "<very.long.id@x>"), "in_reply_to": ("<one@x>",)},
    ),
    Case("message_id_without_brackets", HEAD + b"Message-ID: abc@host\r\n\r\n", {"message_id": "<abc@host>"}),
    Case(
        "references_thousands",
        HEAD + b"References: " + b" ".join(b"<%d@x>" % i for i in range(3000)) + b"\r\n\r\n",
        {"n_references": 50},
    ),
    Case(
        "fold_lost_indentation",
        HEAD + b"X-Long: one\r\ntwo without indent\r\nCc: c@x.example\r\n\r\nhola",
        {"cc": ("c@x.example",), "text": "hola"},
    ),
    Case(
        "no_blank_line_before_body",
        HEAD + b"this is already the body\r\nsecond line\r\n",
        {"text": "this is already the body\nsecond line"},
    ),
    Case("mbox_separator", b"From ana Mon Nov  2 10:00:00 2026\r\n" + mail(), {"sender": "ana@example.org"}),
    Case("headers_only", HEAD, {"sender": "ana@example.org", "text": ""}),
    Case(
        "to_group",
        b"From: a@b.example\r\nTo: team: x@y.example, Z <z@y.example>;\r\n\r\n",
        {"to": ("x@y.example", "z@y.example")},
    ),
    Case(
        "own_control_header",
        HEAD + b"X-Helpdesk-Ticket: 5\r\n\r\n",
        {"control": (("x-helpdesk-ticket", "5"),)},
    ),
    Case("headers_ten_thousand", HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n", quarantine="too_many_headers"),
    Case(
        "header_block_endless",
        HEAD + b"X-A: b\r\n" + b" y" * 1_000_000 + b"\r\n\r\n",
        quarantine="too_many_headers",
    ),
]

STRUCTURE = [
    Case("alternative", HEAD + multipart(b"alternative", PLAIN, RICH), {"text": "hola", "html~": "<b>rica</b>"}),
    Case(
        "alternative_empty_plain",
        HEAD + multipart(b"alternative", part(b"text/plain", b"\r\n"), RICH),
        {"text": "hola rica"},
    ),
    Case(
        "html_only",
        mail(b"Content-Type: text/html\r\n", b"<p>uno</p><script>x()</script><p>dos</p>"),
        {"text": "uno\n\ndos"},
    ),
    Case("html_deep", mail(b"Content-Type: text/html\r\n", b"<div>" * 20_000 + b"hola"), {"text": "hola"}),
    Case(
        "html_unclosed_scripts",
        mail(b"Content-Type: text/html\r\n", b"<script>" * 200_000 + b"hola"),
        {"truncated": ("html",)},
    ),
    Case(
        "apple_text_file_text",
        HEAD + multipart(b"mixed", PLAIN, PDF, part(b"text/plain", b"sigue")),
        {"text": "hola\n\nsigue", **names("attachment-1.pdf")},
    ),
    Case(
        "related_inline_image",
        HEAD
        + multipart(
            b"related",
            RICH,
            part(
                b"image/png",
                base64.b64encode(PNG),
                b"Content-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n",
            ),
        ),
        {"inline": ("logo@x",), "n_files": 1},
    ),
    Case(
        "file_only",
        mail(b"Content-Type: application/pdf; name=a.pdf\r\n", b"%PDF"),
        {"text": "", **names("a.pdf")},
    ),
    Case("multipart_without_boundary", mail(b"Content-Type: multipart/mixed\r\n", b"hola"), {"text": "hola"}),
    Case(
        "multipart_boundary_never_used",
        mail(b"Content-Type: multipart/mixed; boundary=zz\r\n", b"hola"),
        {"text": "hola", "defects~": "no_parts"},
    ),
    Case(
        "multipart_never_closed",
        HEAD + b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nhola",
        {"text": "hola"},
    ),
    Case(
        "boundary_prefix_of_other",
        HEAD + multipart(b"mixed", multipart(b"alternative", PLAIN, RICH, boundary=b"b12")),
        {"text": "hola", "html~": "rica"},
    ),
    Case(
        "nested_mail_kept_as_file",
        HEAD + multipart(b"mixed", PLAIN, part(b"message/rfc822", nested(2000))),
        {"text": "hola", **names("message.eml")},
    ),
    Case(
        "calendar",
        HEAD + multipart(b"alternative", PLAIN, part(b"text/calendar; method=REQUEST", b"BEGIN:VCALENDAR")),
        {"text": "hola", **names("invite.ics")},
    ),
    Case(
        "smime_signed",
        HEAD + multipart(b"signed", PLAIN, part(b"application/pkcs7-signature", b"x")),
        {"text": "hola", **names("smime.p7s")},
    ),
    Case(
        "pgp_encrypted",
        HEAD
        + multipart(
            b"encrypted",
            part(b"application/pgp-encrypted", b"Version: 1"),
            part(b'application/octet-stream; name="encrypted.asc"', b"-----BEGIN PGP MESSAGE-----"),
        ),
        {"text": "", **names("encrypted.asc", "encrypted.asc")},
    ),
    Case(
        "winmail_dat",
        HEAD + multipart(b"mixed", PLAIN, part(b"application/ms-tnef", b"\x78\x9f\x3e\x22")),
        names("winmail.dat"),
    ),
    Case("content_type_garbage", mail(b"Content-Type: ;;;/=\r\n", b"hola"), {"text": "hola"}),
    Case("depth_two_thousand", nested(2_000), quarantine="too_deep"),
    Case("parts_thousands", HEAD + multipart(b"mixed", *[PLAIN] * 5_000), quarantine="too_many_parts"),
    Case("empty", b"", quarantine="not_mail"),
    Case("binary_noise", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, quarantine="not_mail"),
    Case("prose", b"Estimados:\ttodo bien por ahora y nada mas\r\n".replace(b":", b" "), quarantine="not_mail"),
]

FILENAMES = [
    Case("filename_traversal", attached(b'attachment; filename="../../etc/passwd"'), names("passwd")),
    Case("filename_windows_path", attached(b'attachment; filename="C:\\\\x\\\\cmd.exe"'), names("cmd.exe")),
    Case("filename_bidi", attached('attachment; filename="foto\u202egpj.exe"'.encode()), names("fotogpj.exe")),
    Case("filename_nul", attached(b'attachment; filename="a\0.txt"'), names("a.txt")),
    Case("filename_rfc2231", attached(b"attachment; filename*=utf-8''se%C3%B1or.pdf"), names("señor.pdf")),
    Case(
        "filename_rfc2231_pieces",
        attached(b"attachment; filename*0*=utf-8''se%C3; filename*1*=%B1or; filename*2=.pdf"),
        names("señor.pdf"),
    ),
    Case(
        "filename_rfc2231_confused",
        attached(b"attachment; filename*=utf-8''a; filename*0=b; filename*1*=c"),
        {"n_files": 1},
    ),
    Case(
        "filename_rfc2231_huge_index",
        attached(b"attachment; filename*" + b"9" * 5000 + b"=x"),
        {"n_files": 1},
    ),
    Case("filename_rfc2047", attached(b'attachment; filename="=?utf-8?q?se=C3=B1or.pdf?="'), names("señor.pdf")),
    Case("filename_reserved", attached(b'attachment; filename="CON.txt"'), names("_CON.txt")),
    Case("filename_endless", attached(b'attachment; filename="' + b"x" * 2000 + b'.pdf"'), {"n_files": 1}),
]

BOUNCES = [
    Case(
        "bounce_dsn",
        b"From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nSubject: Undelivered\r\n"
        + multipart(
            b"report",
            part(b"text/plain", b"sorry"),
            part(
                b"message/delivery-status",
                b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; Ana@Example.org\r\n"
                b"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550\r\n no such user\r\n",
            ),
            part(b"message/rfc822", b"Message-ID: <out-1@desk.example>\r\nSubject: x\r\n\r\nbody"),
            params=b"; report-type=delivery-status",
        ),
        {"bounce": ("failed", "5.1.1", "ana@example.org", "<out-1@desk.example>", "smtp; 550 no such user")},
    ),
    Case(
        "bounce_qmail",
        b"From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n"
        b"Hi.\r\n<ana@example.org>: 550 5.1.1 unknown\r\n--- Below this line\r\nMessage-ID: <out-2@desk.example>\r\n",
        {"bounce": ("", "5.1.1", "", "<out-2@desk.example>", "")},
    ),
    Case(
        "bounce_not_a_customer",
        b"From: Ana <ana@example.org>\r\nSubject: Undeliverable parcel\r\n\r\nwhere?",
        {"bounce": None},
    ),
]

CASES = [*CHARSETS, *ENCODINGS, *HEADERS, *STRUCTURE, *FILENAMES, *BOUNCES]
