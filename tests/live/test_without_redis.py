"""Redis is killed under a running server: people notice nothing."""

import json
import secrets
import time
from pathlib import Path

import httpx
import pytest

from tests.portal.asking import ask
from tests.servers import City, Redis

pytestmark = [pytest.mark.redis, pytest.mark.timeout(300)]


def test_pages_votes_and_proposals_go_on_without_redis(tmp_path: Path):
    with Redis(tmp_path / "redis") as redis:
        city = City({"REDIS_URL": redis.url}, directory=tmp_path / "city")
        city.migrate()
        facts = ["--people", "2", "--proposals", "1", "--ballots", "open"]
        room = json.loads(city.run("-m", "bench.room", *facts))
        with city:
            go_through(city, room, "before")
            redis.kill()
            began = time.monotonic()
            go_through(city, room, "without")
            assert time.monotonic() - began < 20
            redis.start()
            time.sleep(6)
            go_through(city, room, "after")

        # Two lines of the cache (gone, back), not one for every request.
        log = city.log.read_text()
        assert "Traceback" not in log
        assert log.count("each process counts alone") == 1
        assert log.count("Redis answers again") == 1


def go_through(city: City, room: dict, word: str) -> None:
    """What needs counts (codes, sign-in) and what a dialogue lives on, by form."""
    with httpx.Client(base_url=city.url, headers={"Origin": city.url}) as nobody:
        assert nobody.get("/").status_code == 200
        form = {"csrfmiddlewaretoken": nobody.cookies["csrf"]}
        assert (
            nobody.post("/join/", data={**form, "code": "ZZZZZZZZ"}).status_code == 404
        )
        right = nobody.post("/join/", data={**form, "code": room["code"]})
        assert right.status_code == 302
        login = {**form, "login": "nobody@stadt.example", "password": "wrong"}
        assert nobody.post("/accounts/login/", data=login).status_code == 200
    cookies = {"session": room["people"][0]["session"]}
    with httpx.Client(
        base_url=city.url, headers={"Origin": city.url}, cookies=cookies
    ) as citizen:
        address = f"/d/{room['code']}/"
        assert citizen.get(address).status_code == 200
        form = {"csrfmiddlewaretoken": citizen.cookies["csrf"]}
        ballot = room["ballots"][0]
        vote = {"ballot": ballot["ballot"], "options": ballot["options"][0]}
        vote["request_key"] = secrets.token_urlsafe(16)
        cast = citizen.post(f"{address}do/cast_vote/", data={**form, **vote})
        assert cast.status_code == 302, cast.text
        title = {"title": f"Vorschlag {word}"}
        told = citizen.post(f"{address}do/submit_proposal/", data={**form, **title})
        assert told.status_code == 302, told.text
        assert f"Vorschlag {word}" in citizen.get(address).text
    assert ask(city, "/readyz")[0] == 200
