"""The job of the worker for rehearsals: mail does not wait behind it."""

from django_tasks import task

from live.rehearsal.running import rehearse

QUEUE = "rehearsals"


@task(queue_name=QUEUE)
def run_rehearsal(rehearsal_pk: int, base_url: str) -> None:
    """Let the simulated citizens live, by the address that the planner came by."""
    rehearse(rehearsal_pk, base_url)
