"""Erase a person by e-mail address, for a request that came by letter or phone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Person
from portal.erasure import erase_person
from shared.errors import Refusal


class Command(BaseCommand):
    help = "Erase what we hold about a person; figures and results stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--texts", action="store_true", help="also what the person has written"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email__iexact=options["email"].strip()).first()
        if person is None:
            raise CommandError("There is nobody with this address.")
        try:
            erase_person(person, texts=options["texts"])
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from None
        self.stdout.write("Erased. Results that were filed keep their digests.")
