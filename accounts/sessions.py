"""Sessions in the database, read by a statement that is not built anew each time.

Every request begins with it; Django takes longer to build the query than SQLite
or PostgreSQL to answer it.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

_READ = """
SELECT session_key, session_data, expire_date FROM django_session
WHERE session_key = %s AND expire_date > %s
"""


class SessionStore(db.SessionStore):
    """Django's own, but for the reading."""

    def _get_session_from_db(self) -> Any:
        model = self.get_model_class()
        for session in model.objects.raw(_READ, [self.session_key, timezone.now()]):
            return session
        self._session_key = None
        return None
