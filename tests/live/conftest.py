from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from live import hub


@pytest.fixture
async def quiet_hub() -> AsyncIterator[None]:
    """Ends the hub of this test's loop, with its threads' connections."""
    yield
    await hub.hub().close()
    await sync_to_async(connections.close_all)()
