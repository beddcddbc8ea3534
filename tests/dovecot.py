"""A real IMAP server: Dovecot on a free loopback port, with a configuration and mails that are thrown away."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from helpdesk.engines import state

USER, PASSWORD = "support", "imap-secret"
_PATHS = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

_CONFIGURATION = """
base_dir = {directory}/run
log_path = {directory}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{directory}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={directory}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """`start()` it, `append()` mails to its INBOX, give `url` to MAILBOX_URL, `stop()` it."""

    def __init__(self) -> None:
        # Not below pytest's own directory: socket paths may be at most 108 bytes long.
        self.directory = Path(tempfile.mkdtemp(prefix="dovecot-")).resolve()
        self.port = state.free_port()
        self.url = f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Dovecot:
        program = shutil.which("dovecot", path=_PATHS)
        assert program, "Dovecot is not installed (Debian: dovecot-imapd); `make test` installs it."
        (self.directory / "mail").mkdir()
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        # Started as root it drops to users that its package made; otherwise it stays who we are.
        as_root = os.getuid() == 0
        if as_root:
            os.chown(self.directory / "mail", owner.pw_uid, owner.pw_gid)
            self.directory.chmod(0o755)
        path = self.directory / "dovecot.conf"
        path.write_text(
            _CONFIGURATION.format(
                directory=self.directory, port=self.port, password=PASSWORD, owner=owner.pw_uid,
                owner_group=owner.pw_gid, internal="dovecot" if as_root else owner.pw_name,
                internal_group="dovecot" if as_root else grp.getgrgid(owner.pw_gid).gr_name,
                login="dovenull" if as_root else owner.pw_name,
            )
        )  # fmt: skip
        self.process = subprocess.Popen(
            [program, "-F", "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                self._connect().logout()
            except (OSError, imaplib.IMAP4.error):
                assert self.process.poll() is None, f"Dovecot ended: {self._words()}"
                assert time.monotonic() < deadline, f"Dovecot does not answer: {self._words()}"
                time.sleep(0.05)
            else:
                return self

    def _words(self) -> str:
        log = self.directory / "log"
        said = self.process.stderr.read().decode() if self.process and self.process.poll() is not None else ""  # type: ignore[union-attr]
        return said + (log.read_text("utf-8", "replace")[-2000:] if log.exists() else "")

    def _connect(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(USER, PASSWORD)
        return client

    def append(self, raw: bytes) -> None:
        """One more mail in the INBOX."""
        client = self._connect()
        try:
            kind, answer = client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
            assert kind == "OK", answer
        finally:
            client.logout()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)
