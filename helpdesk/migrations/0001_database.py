"""What every app needs of PostgreSQL: trigram match and accent-free text search in two languages."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

# `unaccent` in front of the stemmer: "contrasena" finds "contraseñas". The Spanish stemmer knows accents
# in suffixes only ("-ción"), and both query and document pass the same way, so the stems stay equal.
CONFIGS = {
    "es_unaccent": ("spanish", "spanish_stem"),
    "en_unaccent": ("english", "english_stem"),
    "simple_unaccent": ("simple", "simple"),
}
CREATE = "".join(
    f"""
CREATE TEXT SEARCH CONFIGURATION {name} (COPY = pg_catalog.{base});
ALTER TEXT SEARCH CONFIGURATION {name}
  ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stemmer};
"""
    for name, (base, stemmer) in CONFIGS.items()
)
DROP = "".join(f"DROP TEXT SEARCH CONFIGURATION {name};" for name in CONFIGS)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL("CREATE SEQUENCE ticket_number START 1001", "DROP SEQUENCE ticket_number"),
    ]
