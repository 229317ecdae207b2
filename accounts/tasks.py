"""Jobs of the worker: mail never holds up a commit."""

from django.conf import settings
from django.core.mail import send_mail
from django_tasks import task

from accounts.models import Message


@task()
def mail_message(message_pk: int) -> None:
    """Send a message by mail, unless it or the address is gone by now."""
    message = Message.objects.filter(pk=message_pk).select_related("person").first()
    if message is None or not message.person.email:
        return
    send_mail(
        " ".join(message.subject.split()),
        message.body,
        settings.DEFAULT_FROM_EMAIL,
        [message.person.email],
    )
