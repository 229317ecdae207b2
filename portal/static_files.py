"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Modules import each other by hashed name too, so all may be kept for ever."""

    support_js_module_import_aggregation = True
