"""What was backed up comes back whole, on SQLite and on PostgreSQL, and is checked."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import City, Postgres, ServerFailed

# Every step is a Django of its own.
pytestmark = pytest.mark.timeout(300)

SETUP = "import django; django.setup()\n"
# An evening that was closed, and one whose secret ballot is still open.
HOLD = """
from tests.filed import hold_evening, vote
from tests.factories import make_dialogue, make_participation
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
hold_evening()
dialogue = make_dialogue(allows="vote", title="Heute")
lead = make_participation(dialogue, "lead_moderator")
voters = [make_participation(dialogue) for __ in range(3)]
ballot = draft_ballot(moderator=lead, title="Wann?", method="single",
                      options=("a", "b"))
open_ballot(moderator=lead, ballot_pk=ballot.pk)
ballot.refresh_from_db()
vote(ballot, voters[0], 0)
vote(ballot, voters[1], 1)
"""
CLOSE = """
from dialogue.models import Participation
from proposals.ballots import close_ballot
from proposals.models import Ballot, Tally
ballot = Ballot.objects.get(title="Wann?")
lead = Participation.objects.get(dialogue=ballot.dialogue, role="lead_moderator")
close_ballot(moderator=lead, ballot_pk=ballot.pk)
ballot.refresh_from_db()
print(ballot.turnout, ballot.state)
"""
GO_ON = """
from dialogue.models import Dialogue, Participation
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from tests.factories import make_participation
dialogue = Dialogue.objects.get(title="Heute")
make_participation(dialogue)
lead = Participation.objects.get(dialogue=dialogue, role="lead_moderator")
ballot = draft_ballot(moderator=lead, title="Und wo?", method="yes_no")
open_ballot(moderator=lead, ballot_pk=ballot.pk)
"""
COUNT = """
import json
from django.apps import apps
from django.core.serializers import serialize
from ledger.models import Stream
rows = {m._meta.label: json.loads(serialize("json", m._base_manager.order_by("pk")))
        for m in apps.get_models(include_auto_created=True)}
for row in rows["ledger.Stream"]:
    row["fields"].pop("epoch")
epochs = list(Stream.objects.order_by("pk").values_list("epoch", flat=True))
print(json.dumps({"rows": rows, "epochs": epochs}))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def make_city(request, tmp_path: Path) -> Callable[..., City]:
    """A city of its own directory and database, not migrated and not started."""

    def make(name: str) -> City:
        env = {}
        if request.param == "postgres":
            server: Postgres = request.getfixturevalue("postgres_server")
            database = f"backup_{name}"
            server.sql(f"DROP DATABASE IF EXISTS {database}")
            server.sql(f"CREATE DATABASE {database}")
            env["DATABASE_URL"] = server.url_of(database)
        return City(env, directory=tmp_path / name)

    return make


def do(city: City, script: str) -> str:
    return city.run("-c", SETUP + script)


def everything(city: City) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(do(city, COUNT))
    return facts


# One long story: every start of Django takes a second, and a test of each step alone
# would take ten.
def test_backup_comes_back_whole(make_city, tmp_path: Path):
    old, new = make_city("old"), make_city("new")
    old.migrate()
    do(old, HOLD + CLOSE)
    (old.directory / "media/materials").mkdir(parents=True)
    (old.directory / "media/materials/plan.webp").write_bytes(b"a plan")
    before = everything(old)

    said = old.manage("backup", str(tmp_path / "copy"))
    do(old, GO_ON)

    assert "2 dialogues" in said
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0

    # Into an installation that was never migrated.
    said = new.manage("restore", str(tmp_path / "copy"))
    after = everything(new)

    assert "The ledger's chain holds in all 2 streams." in said
    assert "All 1 results hold." in said
    assert "Restored, and all of it holds." in said
    assert "SECRET_KEY is another" not in said
    assert after["rows"] == before["rows"]
    assert set(after["epochs"]).isdisjoint(before["epochs"])
    assert len(set(after["epochs"])) == 2
    assert (new.directory / "media/materials/plan.webp").read_bytes() == b"a plan"
    # Life goes on: numbers are given on, and what may not change still may not.
    do(new, GO_ON)
    with pytest.raises(ServerFailed, match="append-only"):
        do(new, "from ledger.models import Entry; Entry.objects.update(seq=1)")

    with pytest.raises(ServerFailed, match="--overwrite to have it replaced"):
        new.manage("restore", str(tmp_path / "copy"))
    (new.directory / "media/materials/later.webp").write_bytes(b"another")
    new.env["SECRET_KEY"] = "another"
    said = new.manage("restore", str(tmp_path / "copy"), "--overwrite")
    assert "SECRET_KEY is another" in said
    assert everything(new)["rows"] == before["rows"]
    assert not (new.directory / "media/materials/later.webp").exists()


def test_open_secret_ballot_is_backed_up_only_when_told(make_city, tmp_path: Path):
    old, new = make_city("old"), make_city("new")
    old.migrate()
    do(old, HOLD)

    with pytest.raises(ServerFailed, match=r"secret ballot is open \(Wann\?\)"):
        old.manage("backup", str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()

    old.manage("backup", str(tmp_path / "copy"), "--despite-secret-ballot")
    said = new.manage("restore", str(tmp_path / "copy"))

    assert "delete this backup" in said
    assert do(new, CLOSE).strip() == "2 closed"


# --- what is refused --------------------------------------------------------------
@pytest.fixture
def copy(tmp_path: Path) -> tuple[City, Path]:
    """An empty city and a backup of it, on SQLite."""
    city = City(directory=tmp_path / "city")
    city.migrate()
    city.manage("backup", str(tmp_path / "copy"))
    return city, tmp_path / "copy"


def change(manifest: Path, **facts: Any) -> None:
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **facts}))


def test_bad_backups_are_refused_and_change_nothing(copy: tuple[City, Path]):
    city, source = copy
    manifest = source / "manifest.json"
    whole = manifest.read_text()

    def refusal() -> str:
        with pytest.raises(ServerFailed) as failed:
            city.manage("restore", str(source), "--overwrite")
        return str(failed.value)

    with pytest.raises(ServerFailed, match="is there already"):
        city.manage("backup", str(source))
    change(manifest, engine="postgresql")
    assert "This backup is of postgresql" in refusal()
    change(manifest, engine="sqlite", migrations=[["ledger", "0099_later"]])
    assert "ledger.0099_later is not known here" in refusal()
    change(manifest, format=2)
    assert "another format" in refusal()
    manifest.write_text(whole)
    (source / "more").write_text("x")
    assert "damaged: more" in refusal()
    (source / "more").unlink()
    manifest.write_text("{")
    assert "no manifest.json to read" in refusal()

    manifest.write_text(whole)
    city.manage("restore", str(source))


def test_tampered_result_is_found_after_restoring(tmp_path: Path):
    city = City(directory=tmp_path / "city")
    city.migrate()
    do(city, HOLD + CLOSE)
    # By somebody who can write to the file, and lifts the trigger first.
    with sqlite3.connect(city.directory / "city.sqlite3") as line:
        line.execute("DROP TRIGGER projects_resultrecord_no_update")
        line.execute(
            "UPDATE projects_resultrecord "
            "SET canonical = replace(canonical, '\"turnout\":3', '\"turnout\":4')"
        )
    line.close()
    city.manage("backup", str(tmp_path / "copy"))

    with pytest.raises(ServerFailed, match="does not hold"):
        city.manage("restore", str(tmp_path / "copy"), "--overwrite")
