"""Database triggers that make a table append-only, on SQLite and PostgreSQL."""

from typing import Any

APPEND_ONLY = ["ledger_entry", "projects_resultrecord"]


def install(connection: Any, tables: list[str] | None = None) -> None:
    """Refuse UPDATE, DELETE (and TRUNCATE) on `tables` (all that exist, by default)."""
    with connection.cursor() as cursor:
        for table in tables or _existing(connection):
            for verb in _verbs(connection):
                for statement in _create(connection.vendor, table, verb):
                    cursor.execute(statement)


def remove(connection: Any, tables: list[str] | None = None) -> None:
    """Lift the refusal: for a migration that has to rewrite, and for tests."""
    with connection.cursor() as cursor:
        for table in tables or _existing(connection):
            for verb in _verbs(connection):
                name = f"{table}_no_{verb.lower()}"
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _verbs(connection: Any) -> tuple[str, ...]:
    if connection.vendor == "postgresql":
        return ("UPDATE", "DELETE", "TRUNCATE")
    return ("UPDATE", "DELETE")


def _existing(connection: Any) -> list[str]:
    present = connection.introspection.table_names()
    return [table for table in APPEND_ONLY if table in present]


def _create(vendor: str, table: str, verb: str) -> list[str]:
    name = f"{table}_no_{verb.lower()}"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
        "$$ LANGUAGE plpgsql",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} "
        f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} "
        "EXECUTE FUNCTION refuse_change()",
    ]
