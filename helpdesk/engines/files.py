"""Small files in the data directory: written whole or not at all, whatever a power cut interrupts."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from helpdesk.engines.errors import EnginesError

ROOT = Path(__file__).resolve().parent.parent.parent


def default_data_dir() -> Path:
    """`HELPDESK_DATA_DIR`, else `var/` beside manage.py."""
    return Path(os.environ.get("HELPDESK_DATA_DIR", "").strip() or ROOT / "var").resolve()


def ensure_data_dir(data_dir: Path) -> None:
    """Create the data directory, closed to others, and prove that it can be written."""
    try:
        if not data_dir.is_dir():
            # Root's engines run as another user, who must pass through, but may not look.
            data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except OSError as error:
        raise EnginesError(
            f"The data directory {data_dir} cannot be written ({error.strerror}): "
            "choose another with --data-dir or HELPDESK_DATA_DIR, or mend its owner and mode."
        ) from None


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`, or None when there is no such file."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EnginesError(
            f"{path} cannot be read ({error.strerror}): it was probably written by another user; "
            "run as that user, or choose another data directory with HELPDESK_DATA_DIR."
        ) from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise EnginesError(f"{path} is damaged (not a JSON object): restore it from a backup.")
    return content


def write_json(path: Path, content: dict[str, Any], *, exclusive: bool = False) -> bool:
    """Write `content` with mode 600. With `exclusive`, an existing file wins and False is returned."""
    ensure_data_dir(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            try:
                os.link(name, path)
            except FileExistsError:
                return False
        else:
            os.replace(name, path)
            name = ""
        return True
    finally:
        if name:
            os.unlink(name)
