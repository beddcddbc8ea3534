from __future__ import annotations

from collections.abc import Callable
from re import Match
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped base
    """Hashed names for ever-cached files; `import` lines inside our ES modules are rewritten too."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def url_converter(self, name: str, *args: Any, **kwargs: Any) -> Callable[[Match[str]], str]:
        """Packages ship files that name others they do not ship: those names stay as they are."""
        convert = super().url_converter(name, *args, **kwargs)

        def lenient(match: Match[str]) -> str:
            try:
                return str(convert(match))
            except ValueError:
                return match["matched"]

        return lenient
