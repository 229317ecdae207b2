"""Many rows in one statement: as a table that SQL can join, on both databases.

A statement per row, and an ORM object per row, cost more than the row itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Func, Value


def as_table(
    name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """SQL for `rows` as a table `name`, and the parameters of that SQL.

    `columns`: column name -> PostgreSQL type. Names and types are ours, never input.
    """
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        lists = [list(column) for column in zip(*rows, strict=True)]
        return f"unnest({arrays}) AS {name}({', '.join(columns)})", lists or [
            [] for __ in columns
        ]
    parts = ", ".join(
        f"json_extract(value, '$[{place}]') AS {column}"
        for place, column in enumerate(columns)
    )
    source = f"(SELECT {parts} FROM json_each(%s)) AS {name}"  # noqa: S608 -- ours
    return source, [json.dumps(rows)]


class Listed(Func):
    """Values for `…__in=`, as one parameter: a thousand cost as much as one."""

    def __init__(self, values: Iterable[int | str], kind: str = "bigint") -> None:
        """`kind` is their type in PostgreSQL: "bigint" or "text"."""
        self.kind = kind
        super().__init__(Value(json.dumps(sorted(set(values)))))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(SELECT value FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        values = "json_array_elements_text(%(expressions)s::json)"
        template = "(SELECT value::" + self.kind + " FROM " + values + ")"  # noqa: S608 -- ours
        return self.as_sql(compiler, connection, template=template, **context)
