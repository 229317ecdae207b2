"""Looks into a city's database beside the application, while that may be dead."""

import sqlite3
from contextlib import closing
from typing import Any

import psycopg

ROLL = (
    "SELECT participation_id, ballot_id, receipt FROM proposals_rollentry "
    "WHERE has_voted"
)
# (participation, ballot) -> the receipt of the vote that counts.
Roll = dict[tuple[int, int], str]


def rows_in(url: str, query: str) -> list[tuple[Any, ...]]:
    """What `query` finds in the database of a DATABASE_URL of ours."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return list(file.execute(query))
    with psycopg.connect(**parts_of(url)) as server:  # type: ignore[arg-type]
        return list(server.execute(query))  # type: ignore[call-overload]


def parts_of(url: str) -> dict[str, str]:
    """For psycopg; tests/servers.py puts the socket's directory into the path."""
    place, __, name = url.removeprefix("postgres://postgres@/").rpartition("/")
    return {"host": place, "user": "postgres", "dbname": name}


def roll_in(url: str) -> Roll:
    """Who has voted, with the receipt."""
    return {(who, what): code for who, what, code in rows_in(url, ROLL)}
