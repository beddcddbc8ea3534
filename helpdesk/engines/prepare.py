"""What has to be in order before the web part starts: schema, translations, static files, demo data.

The one module here that needs Django; the supervisor runs it in a child.
"""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from helpdesk.engines.files import ROOT
from helpdesk.engines.output import done


def prepare(*, demo: bool) -> int:
    """Bring everything up to date; what is so already costs little.

    Steps go to stdout, details to stderr, whose last line says why it failed. Returns the exit code.
    """
    try:
        _prepare(demo=demo)
    except Exception as error:
        traceback.print_exc()
        sys.stderr.write(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}\n")
        return 1
    return 0


def _prepare(*, demo: bool) -> None:
    began = time.monotonic()
    compile_translations(ROOT / "locale")  # before Django reads them

    import django
    from django.core.management import call_command, get_commands

    django.setup()
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    done("database up to date", began)

    began = time.monotonic()
    if collect_static():
        done("static files collected", began)

    if demo and "load_demo" in get_commands():
        began = time.monotonic()
        call_command("load_demo", stdout=sys.stderr)
        done("demo data", began)


def compile_translations(locale: Path) -> int:
    """Compile each .po that is newer than its .mo. Returns how many."""
    stale = [po for po in locale.glob("*/LC_MESSAGES/*.po") if _older(po.with_suffix(".mo"), po)]
    if stale:
        import polib

        for po in stale:
            fresh = po.with_suffix(".mo.new")
            polib.pofile(str(po)).save_as_mofile(str(fresh))
            fresh.replace(po.with_suffix(".mo"))
    return len(stale)


def _older(product: Path, source: Path) -> bool:
    return not product.exists() or product.stat().st_mtime < source.stat().st_mtime


def collect_static() -> bool:
    """Run collectstatic when a source file, or the way they are stored, changed. Returns whether it ran."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    if settings.WHITENOISE_USE_FINDERS:  # development and tests serve the sources themselves
        return False
    digest = hashlib.sha256(str(settings.STORAGES).encode())
    for finder in get_finders():
        listing: Iterable[Any] = finder.list(ignore_patterns=["CVS", ".*", "*~"])
        for name, storage in listing:
            about = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, clear=stamp.exists(), verbosity=0, stdout=sys.stderr)
    stamp.write_text(digest.hexdigest())
    return True
