"""What the sources must not do; each rule guards a promise."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "accounts", "dialogue", "ledger", "live", "moderation", "portal", "projects",
    "proposals", "qualification", "shared",
)  # fmt: skip
TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
}
# Rows of these tables are made and changed in one module each.
WRITERS = {
    "Entry": {"ledger/actions.py"},
    "Vote": {"proposals/voting.py"},
    "Mark": {"proposals/voting.py"},
    "Stance": {"proposals/stances.py"},
    "SealedMark": {"proposals/box.py"},
    # Frozen at opening; voting notes who has voted.
    "RollEntry": {"proposals/ballots.py", "proposals/voting.py"},
    "Tally": {"proposals/ballots.py"},
    "TallyRow": {"proposals/ballots.py"},
    "Decision": {"moderation/deciding.py"},
    "Appeal": {"moderation/appealing.py"},
    "Ruling": {"moderation/appealing.py"},
    "ResultRecord": {"projects/actions.py"},
}
# Who may say that a text is markup, and why.
MARKUP = {
    "dialogue/planning_views.py": "a QR code, drawn by segno",
    "shared/html.py": "the only place that turns a person's text into HTML",
    "live/pages.py": "a QR code, drawn by segno",
    "live/filling.py": "puts together fragments that templates have escaped",
    "live/parts/people.py": "puts a line into a card, both drawn by templates",
    "live/voting_forms.py": "places for a vote's values, which are escaped",
    "live/templatetags/room.py": "comments that mark places in such a fragment",
}
TRUSTED_TEMPLATES = {
    "templates/django/forms/hint.html": "help texts are ours and allauth's",
}
# The same tables, reached from the other side of a relation.
RELATIONS = {
    "entries": "Entry",
    "votes": "Vote",
    "marks": "Mark",
    "stances": "Stance",
    "sealed_marks": "SealedMark",
    "roll": "RollEntry",
    "decisions": "Decision",
    "results": "ResultRecord",
}
WRITING = {
    "create", "acreate", "bulk_create", "abulk_create", "get_or_create",
    "aget_or_create", "update_or_create", "aupdate_or_create", "bulk_update", "update",
    "aupdate", "delete", "adelete",
}  # fmt: skip
RAW_SQL = {
    "ledger/triggers.py", "proposals/box.py", "dialogue/queries.py",
    "proposals/voting.py", "proposals/stances.py", "live/traces.py",
    "proposals/opinions/reading.py",
}  # fmt: skip


def nodes(kind: type) -> Iterator[tuple[str, Any]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield path, node


def dotted(node: ast.AST) -> list[str]:
    """The names of a chain of attributes and calls: `a.b(c).d` is a, b, d."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            return [node.id, *reversed(names)]
        else:
            return ["", *reversed(names)]


def sql_table(statement: ast.expr) -> str | None:
    """The table that an f-string writes to by `{Model._meta.db_table}`."""
    if not isinstance(statement, ast.JoinedStr):
        return None
    text = "".join(
        str(part.value)
        if isinstance(part, ast.Constant)
        else "{" + dotted(part.value)[0] + "}"  # type: ignore[attr-defined]
        for part in statement.values
    )
    found = re.match(r"(?:INSERT INTO|UPDATE|DELETE FROM) \{(\w+)\}", text)
    return found[1] if found else None


def written_table(call: ast.expr) -> str | None:
    """The table of WRITERS that a call writes to, if any."""
    names = dotted(call)
    if len(names) == 1:
        return names[0] if names[0] in WRITERS else None
    if names[-1] in ("execute", "executemany") and isinstance(call, ast.Call):
        return sql_table(call.args[0])
    if names[-1] not in WRITING:
        return None
    if names[0] in WRITERS and names[1] == "objects":
        return names[0]
    return next((RELATIONS[name] for name in names[1:-1] if name in RELATIONS), None)


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("Vote(ballot=b)", "Vote"),
        ("Vote.objects.create(ballot=b)", "Vote"),
        ("Vote.objects.filter(pk=1).update(ballot=b)", "Vote"),
        ("ballot.votes.create()", "Vote"),
        ("ballot.votes.filter(pk=1).delete()", "Vote"),
        ('c.execute(f"UPDATE {Vote._meta.db_table} SET a = 1")', "Vote"),
        ('c.execute(f"INSERT INTO {Vote._meta.db_table} " "SELECT 1")', "Vote"),
        ('c.execute(f"SELECT 1 FROM {Vote._meta.db_table}")', None),
        ("Vote.objects.filter(pk=1)", None),
        ("ballot.votes.count()", None),
        ("facts.update(a=1)", None),
    ],
)
def test_written_table_is_recognised(source: str, table: str | None):
    assert written_table(ast.parse(source, mode="eval").body) == table


@pytest.mark.parametrize("table", WRITERS)
def test_table_has_one_writer(table: str):
    writers = {path for path, call in nodes(ast.Call) if written_table(call) == table}

    assert writers == WRITERS[table]


def imported() -> Iterator[tuple[str, str]]:
    for path, node in nodes(ast.Import):
        yield from ((path, alias.name) for alias in node.names)
    for path, node in nodes(ast.ImportFrom):
        yield path, node.module or ""
        yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def importers(package: str) -> set[str]:
    return {
        path
        for path, name in imported()
        if name == package or name.startswith(f"{package}.")
    }


def test_only_live_touches_channels():
    others = {p for p in importers("channels") if not p.startswith("live/")}

    assert others == set()


def test_few_places_make_markup():
    makers = {
        path
        for path, call in nodes(ast.Call)
        if dotted(call)[-1] in ("mark_safe", "SafeString", "SafeText")
    }

    assert makers == set(MARKUP)


@pytest.mark.parametrize("package", ["nh3", "bleach", "markdown_it"])
def test_only_the_sanitiser_knows_its_tools(package: str):
    assert importers(package) == {"shared/html.py"}


@pytest.mark.parametrize(
    "package",
    ["pickle", "marshal", "shelve", "django.dispatch", "django.db.models.signals"],
)
def test_forbidden_import(package: str):
    assert importers(package) == set()


@pytest.mark.parametrize("name", ["raw", "extra", "RawSQL", "eval", "exec"])
def test_forbidden_call(name: str):
    assert {path for path, call in nodes(ast.Call) if dotted(call)[-1] == name} == set()


def test_raw_sql_stands_in_few_places():
    callers = {
        path
        for path, call in nodes(ast.Call)
        if dotted(call)[-1] in ("execute", "executemany")
    }

    assert {path for path in callers if not path.startswith("portal/")} <= RAW_SQL


def test_templates_trust_no_text():
    # Plain text mails (.txt) escape nothing, on purpose.
    templates = [
        path
        for pattern in ("templates/**/*", "*/templates/**/*")
        for path in ROOT.glob(pattern)
        if path.is_file() and path.suffix != ".txt"
        if "node_modules" not in path.parts
    ]
    trusting = {
        path.relative_to(ROOT).as_posix()
        for path in templates
        if any(
            sign in path.read_text().replace(" ", "")
            for sign in ("|safe", "autoescapeoff")
        )
    }

    assert len(templates) > 0
    assert trusting == set(TRUSTED_TEMPLATES)


def test_only_the_clock_reads_the_time():
    readers = {
        path
        for path, call in nodes(ast.Call)
        if ".".join(dotted(call)) in ("timezone.now", "datetime.now", "datetime.utcnow")
    }

    assert readers == {"shared/clock.py"}


def test_verbs_are_acts():
    """Every public function of a file of verbs that records is an act."""
    loose = []
    for path, tree in TREES.items():
        for function in tree.body:
            if not isinstance(function, ast.FunctionDef) or path.startswith("ledger/"):
                continue
            calls = {
                dotted(call)[-1]
                for call in ast.walk(function)
                if isinstance(call, ast.Call)
            }
            acts = any(dotted(d)[-1] == "act" for d in function.decorator_list)
            if calls & {"record", "tallied"} and not acts and function.name[0] != "_":
                loose.append(f"{path}:{function.name}")

    # Steps of an act of the floor above, said so where they stand.
    assert loose == [
        "dialogue/actions.py:mark_closed",
        "proposals/actions.py:count_comments",
        "proposals/ballots.py:publish",
        "proposals/ballots.py:freeze",
        "proposals/merging.py:publish_synthesis",
    ]
