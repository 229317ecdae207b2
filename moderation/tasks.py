"""Jobs of the worker: mail to those who reported without an account."""

from django.conf import settings
from django.core.mail import send_mail
from django_tasks import task


@task()
def mail_text(email: str, subject: str, body: str) -> None:
    send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [email])
