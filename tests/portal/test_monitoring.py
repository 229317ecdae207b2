"""/healthz, /readyz and /metrics of a real server, which is not migrated at first."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from live.gauges import Gauges
from portal.monitoring import may_read_metrics, metrics
from tests.portal.asking import ask, until_ready
from tests.servers import City


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory):
    directory: Path = tmp_path_factory.mktemp("monitored")
    # As on a real server: another host name, and TLS by a proxy.
    env = {"DEMO": "0", "ALLOWED_HOSTS": "stadt.example", "METRICS_TOKEN": ""}
    with City(env, directory=directory) as server:
        yield server


def test_a_server_is_ready_when_its_database_is(city: City):
    assert ask(city, "/healthz") == (200, "ok")
    status, says = ask(city, "/readyz")
    assert (status, says.startswith("The database is not migrated")) == (503, True)
    assert "mitwirken_ready 0" in ask(city, "/metrics")[1]

    city.manage("migrate", "-v0")

    until_ready(city)
    assert "mitwirken_ready 1" in ask(city, "/metrics")[1]


def test_metrics_do_not_pass_a_proxy(city: City):
    assert ask(city, "/metrics")[0] == 200
    assert ask(city, "/metrics", X_Forwarded_For="127.0.0.1")[0] == 403
    assert ask(city, "/metrics", Forwarded="for=127.0.0.1")[0] == 403


def test_other_pages_still_ask_for_the_host_name(city: City):
    assert ask(city, "/imprint/")[0] == 400


def scope_of(peer: str | None, **headers: str) -> dict[str, Any]:
    named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return {"client": (peer, 5000) if peer else None, "headers": named}


@pytest.mark.parametrize(
    ("peer", "may"),
    [("127.0.0.1", True), ("::1", True), ("10.1.2.3", False), (None, False)],
)
def test_metrics_are_for_this_machine(peer, may):
    assert may_read_metrics(scope_of(peer)) is may


def test_token_is_asked_of_everybody_once_it_is_set(settings):
    settings.METRICS_TOKEN = "secret"

    assert may_read_metrics(scope_of("10.1.2.3", authorization="Bearer secret"))
    assert not may_read_metrics(scope_of("127.0.0.1", authorization="Bearer secre"))
    assert not may_read_metrics(scope_of("127.0.0.1"))


def test_every_gauge_is_there_in_the_text_format():
    text = metrics(is_ready=True)

    for field in fields(Gauges):
        pattern = rf"^mitwirken_{field.name}(_total|_seconds)? [\d.e-]+$"
        assert re.search(pattern, text, re.M), field.name
    for line in text.splitlines():
        assert re.fullmatch(r"# TYPE \w+ (counter|gauge)|[a-z_]+ [\d.e+-]+", line), line
    assert re.search(r"^process_resident_memory_bytes \d{7,}$", text, re.M)
    assert text.endswith("\n")
