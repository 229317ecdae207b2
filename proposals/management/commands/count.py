"""`manage.py count FILE --method NAME`: counts votes of a file, by any method."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from proposals.formats.counting import count_file, read_file, report
from proposals.formats.preparing import CONCERNS, COUNTABLE, Countless
from proposals.formats.votefile import FileUnreadable
from proposals.methods import METHODS


class Command(BaseCommand):
    help = (
        "Counts the votes of a PrefLib (.soc .soi .toc .toi), Pabulib (.pb), CSV or "
        "own ballot file (.json). Exit code 1 and a reason where that cannot be done. "
        f"Methods: {', '.join(METHODS)}."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--method", default="", metavar="NAME")
        parser.add_argument("--seats", type=int, help="how many are elected (stv)")
        parser.add_argument("--budget", type=int, help="instead of the file's")
        parser.add_argument("--most", type=int, help="how many a person may choose")
        parser.add_argument("--points", type=int, help="of one person (dots)")
        parser.add_argument("--lowest", type=int, help="of the scale (score)")
        parser.add_argument("--highest", type=int, help="of the scale")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = read_file(options["file"])
            if not options["method"] and not file.method:
                fit = [name for name in COUNTABLE[file.kind] if name in METHODS]
                raise CommandError(f"Please name a --method: {', '.join(fit)}.")
            wanted = {name: options[name] for name in CONCERNS}
            method, terms, outcome = count_file(file, options["method"], **wanted)
        except (FileUnreadable, Countless) as error:
            raise CommandError(str(error)) from None
        facts = report(method, terms, outcome, file.names)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write("\n".join(_lines(facts)))


def _lines(facts: dict[str, Any]) -> list[str]:
    """The same for reading."""
    lines = [
        f"method   {facts['method']}",
        f"winners  {', '.join(facts['winners']) or '-'}",
    ]
    if facts["ranking"]:
        groups = [
            group if isinstance(group, str) else " = ".join(group)
            for group in facts["ranking"]
        ]
        lines.append(f"ranking  {' > '.join(groups)}")
    for number, row in enumerate(facts["rounds"], 1):
        lines.append(f"\nround {number}: {row['kind']}")
        lines += [f"  {name:<40} {value}" for name, value in row["numbers"].items()]
        for before, against in row["pairs"].items():
            beaten = ", ".join(f"{name} {value}" for name, value in against.items())
            lines.append(f"  {before} before: {beaten}")
        for key in ("chosen", "excluded"):
            if row[key]:
                lines.append(f"  {key}: {', '.join(row[key])}")
        lines += [f"  {key}: {value}" for key, value in row["facts"].items()]
    for tie in facts["ties"]:
        settled = ", ".join(tie["settled"]) or "not settled"
        lines.append(f"\ntie ({tie['rule']}): {', '.join(tie['among'])} -> {settled}")
    return [*lines, "", facts["explanation"]["en"], facts["explanation"]["de"]]
