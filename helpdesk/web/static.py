from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed names for ever-cached files; `import` lines inside our ES modules are rewritten too."""

    support_js_module_import_aggregation = True
    manifest_strict = False
