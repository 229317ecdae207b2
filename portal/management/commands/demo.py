"""`manage.py demo`: the demo city, made once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.demo import demo_city


class Command(BaseCommand):
    help = "Make the demo city if it is not there; print its addresses and logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = demo_city()
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        for row in facts["addresses"]:
            self.stdout.write(f"{row['who']:<12} {row['url']}")
        for row in facts["logins"]:
            self.stdout.write(f"{row['who']:<14} {row['email']}  {row['password']}")
