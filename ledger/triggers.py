"""Database triggers that make a table append-only, on SQLite and PostgreSQL.

One exception: what belongs to a stream that was made for a rehearsal can be removed
(`SPARED`). What a stream was made for, and which stream a dialogue has, can never be
changed; and no stream or dialogue but a rehearsal's can be removed or put in the place
of another (`SAID_ONCE`).

A migration that adds a column to a table of `SAID_ONCE` lifts all triggers before and
puts them back after (`dialogue/migrations/0007_rehearsal.py`): SQLite makes such a
table anew, forgets its triggers, and refuses while another's trigger names it.
"""

from typing import Any

APPEND_ONLY = [
    "ledger_entry",
    "projects_resultrecord",
    "moderation_decision",
    "moderation_appeal",
    "moderation_ruling",
    "dialogue_frozenminutes",
]
# Rows of these may be removed while this finds the stream of a rehearsal.
SPARED = {
    "ledger_entry": (
        "SELECT 1 FROM ledger_stream WHERE is_rehearsal AND id = OLD.stream_id"
    ),
    "moderation_decision": (
        "SELECT 1 FROM dialogue_dialogue "
        "JOIN ledger_stream ON ledger_stream.id = dialogue_dialogue.stream_id "
        "WHERE ledger_stream.is_rehearsal AND dialogue_dialogue.id = OLD.dialogue_id"
    ),
    "moderation_appeal": (
        "SELECT 1 FROM moderation_decision JOIN dialogue_dialogue "
        "ON dialogue_dialogue.id = moderation_decision.dialogue_id "
        "JOIN ledger_stream ON ledger_stream.id = dialogue_dialogue.stream_id "
        "WHERE ledger_stream.is_rehearsal AND moderation_decision.id = OLD.decision_id"
    ),
    "moderation_ruling": (
        "SELECT 1 FROM moderation_appeal JOIN moderation_decision "
        "ON moderation_decision.id = moderation_appeal.decision_id "
        "JOIN dialogue_dialogue "
        "ON dialogue_dialogue.id = moderation_decision.dialogue_id "
        "JOIN ledger_stream ON ledger_stream.id = dialogue_dialogue.stream_id "
        "WHERE ledger_stream.is_rehearsal AND moderation_appeal.id = OLD.appeal_id"
    ),
}
# Table -> the column that stays as it was made, and how a row of a rehearsal is known.
SAID_ONCE = {
    "ledger_stream": ("is_rehearsal", "OLD.is_rehearsal"),
    "dialogue_dialogue": (
        "stream_id",
        "EXISTS (SELECT 1 FROM ledger_stream "
        "WHERE is_rehearsal AND id = OLD.stream_id)",
    ),
}


def install(connection: Any, tables: list[str] | None = None) -> None:
    """Refuse UPDATE, DELETE (and TRUNCATE) on `tables` (all that exist, by default)."""
    tables = tables or _existing(connection)
    remove(connection, tables)
    knows = _knows_rehearsals(connection)
    with connection.cursor() as cursor:
        for table in tables:
            for statements in _triggers(connection.vendor, table, knows).values():
                for statement in statements:
                    cursor.execute(statement)


def remove(connection: Any, tables: list[str] | None = None) -> None:
    """Lift the refusal: for a migration that has to rewrite, and for tests."""
    knows = _knows_rehearsals(connection)
    with connection.cursor() as cursor:
        for table in tables or _existing(connection):
            for name in _triggers(connection.vendor, table, knows):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _existing(connection: Any) -> list[str]:
    present = connection.introspection.table_names()
    return [table for table in (*APPEND_ONLY, *SAID_ONCE) if table in present]


def _knows_rehearsals(connection: Any) -> bool:
    """Whether streams say so yet: earlier migrations come before the column."""
    # Not by Django's description of the table: on SQLite it parses the table's SQL.
    columns = (
        "pragma_table_info('ledger_stream') WHERE name"
        if connection.vendor == "sqlite"
        else "information_schema.columns "
        "WHERE table_schema = current_schema() "
        "AND table_name = 'ledger_stream' AND column_name"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {columns} = 'is_rehearsal'")  # noqa: S608 -- ours
        return cursor.fetchone() is not None


def _triggers(vendor: str, table: str, knows: bool) -> dict[str, list[str]]:
    """The triggers of `table`, by name, each with what makes it."""
    if table in SAID_ONCE:
        return _keep(vendor, table) if knows else {}
    spared = SPARED.get(table, "") if knows else ""
    verbs = ["UPDATE", "DELETE"]
    if vendor == "postgresql":
        verbs.append("TRUNCATE")
    return {
        f"{table}_no_{verb.lower()}": _refuse(
            vendor, table, verb, spared if verb == "DELETE" else ""
        )
        for verb in verbs
    }


def _refuse(vendor: str, table: str, verb: str, spared: str) -> list[str]:
    name = f"{table}_no_{verb.lower()}"
    if vendor == "sqlite":
        when = f"WHEN NOT EXISTS ({spared}) " if spared else ""
        return [_on_sqlite(name, table, verb, when, f"{table} is append-only")]
    function = f"refuse_removal_of_{table}" if spared else "refuse_change"
    unless = f"IF EXISTS ({spared}) THEN RETURN OLD; END IF; " if spared else ""
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$ "
        f"BEGIN {unless}RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
        "$$ LANGUAGE plpgsql",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} "
        f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} "
        f"EXECUTE FUNCTION {function}()",
    ]


def _keep(vendor: str, table: str) -> dict[str, list[str]]:
    column, is_rehearsal = SAID_ONCE[table]
    changed = f"(NEW.id <> OLD.id OR NEW.{column} <> OLD.{column})"
    why = f"{table} keeps its {column}"
    if vendor == "sqlite":
        whens = {
            "UPDATE": f"WHEN {changed} ",
            "DELETE": f"WHEN NOT {is_rehearsal} ",
            # INSERT OR REPLACE removes a row without asking the trigger above.
            "INSERT": f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ",  # noqa: S608 -- a table of ours
        }
        return {
            name: [_on_sqlite(name, table, verb, when, why)]
            for verb, when in whens.items()
            for name in [f"{table}_keeps_{verb.lower()}"]
        }
    function = f"refuse_another_{table}"
    refuse = f"RAISE EXCEPTION '{why}'; END $$ LANGUAGE plpgsql"
    return {
        # After, not before: a trigger before an update of all columns locks the row
        # against everybody who shares its key, and two of these wait for each other.
        f"{table}_keeps_update": [
            f"CREATE OR REPLACE FUNCTION {function}_update() RETURNS trigger "
            f"AS $$ BEGIN {refuse}",
            f"CREATE OR REPLACE TRIGGER {table}_keeps_update AFTER UPDATE ON {table} "
            f"FOR EACH ROW WHEN {changed} EXECUTE FUNCTION {function}_update()",
        ],
        f"{table}_keeps_delete": [
            f"CREATE OR REPLACE FUNCTION {function}_delete() RETURNS trigger "
            f"AS $$ BEGIN IF {is_rehearsal} THEN RETURN OLD; END IF; {refuse}",
            f"CREATE OR REPLACE TRIGGER {table}_keeps_delete BEFORE DELETE "
            f"ON {table} FOR EACH ROW EXECUTE FUNCTION {function}_delete()",
        ],
    }


def _on_sqlite(name: str, table: str, verb: str, when: str, why: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )
