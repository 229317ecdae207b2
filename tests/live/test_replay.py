"""The replay of an export, against the real application."""

import json
from pathlib import Path

import pytest

from live.crowd.replaying import acts_by_person
from proposals.polis import PolisStatement, PolisVote, read_export
from tests.conftest import LiveCity
from tests.live.evenings import a_project
from tests.mini_polis import write_export
from tests.servers import ServerFailed


def test_statement_is_written_before_anybody_votes_on_it(tmp_path: Path):
    export = read_export(write_export(tmp_path))

    acts = acts_by_person(export)

    written = {
        act.did.id: act.at
        for own in acts.values()
        for act in own
        if isinstance(act.did, PolisStatement)
    }
    for own in acts.values():
        assert own == sorted(own, key=lambda act: (act.at, act.order))
        for act in own:
            if isinstance(act.did, PolisVote):
                assert act.at >= written[act.did.statement]
    assert sum(map(len, acts.values())) == 6 + len(export.known_votes)


def test_replay_is_exact(live_city: LiveCity, tmp_path: Path):
    directory = write_export(tmp_path / "mini")

    said = live_city.server.manage(
        "replay",
        str(directory),
        "--dialogue",
        "replayed",
        "--project",
        a_project(live_city.server),
        "--base-url",
        live_city.url,
        "--server-pid",
        str(live_city.server.pid),
        "--json",
    )

    facts = json.loads(said)
    assert facts["differences"] == []
    assert (facts["people"], facts["statements"], facts["hidden"]) == (8, 6, 1)
    assert (facts["votes_sent"], facts["votes_that_count"]) == (45, 40)
    assert facts["citizens"]["commands"] == 6 + 45
    assert facts["citizens"]["gaps"] == 0
    assert facts["server_memory_mb"]["peak"] > 0


def test_replay_without_dialogue_and_project_says_so(
    live_city: LiveCity, tmp_path: Path
):
    directory = write_export(tmp_path / "mini")

    with pytest.raises(ServerFailed, match="Name the --project"):
        live_city.server.manage("replay", str(directory), "--dialogue", "nowhere")
