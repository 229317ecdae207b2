"""Plain questions to a running server."""

import http.client
import time

from tests.servers import City


def ask(city: City, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def until_ready(city: City, seconds: float = 20) -> None:
    """Wait until /readyz says yes."""
    deadline = time.monotonic() + seconds
    while (answer := ask(city, "/readyz"))[0] != 200:
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
