"""The servers that other tests rely on."""

import psycopg
import pytest
from playwright.sync_api import Browser

from tests.servers import Postgres, Redis, ServerFailed


def test_postgres_keeps_commits_over_kill():
    with Postgres() as server:
        server.sql("CREATE TABLE kept (number integer)")
        server.sql("INSERT INTO kept VALUES (7)")

        server.kill()
        server.start()

        assert server.sql("SELECT number FROM kept") == "7"
        assert server.sql("SHOW fsync") == "on"
        assert server.sql("SHOW synchronous_commit") == "on"


def test_postgres_url_is_understood_by_drivers(postgres_server: Postgres):
    with psycopg.connect(
        host=str(postgres_server.home), user="postgres", dbname="postgres"
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgres_reports_refused_statement(postgres_server: Postgres):
    with pytest.raises(ServerFailed, match="syntax error"):
        postgres_server.sql("SELEKT")


@pytest.mark.redis
def test_redis_forgets_over_kill():
    with Redis() as server:
        server.kill()
        server.start()

        assert server.is_ready()


@pytest.mark.browser
def test_browser_draws(browser: Browser):
    page = browser.new_page()
    page.set_content("<h1>Rathaus</h1>")

    assert page.inner_text("h1") == "Rathaus"
