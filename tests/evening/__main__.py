"""A whole evening, moderated through the real desk: `make evening`, `make deciding`.

Sixty simulated citizens of all kinds and two moderators in Chromium, at five times
their speed, against a server of its own: two hours with eight tables (moderating), or
an hour with six ballots by six methods, hall and paper among them (deciding).
Everything is recorded into a directory; what must be true afterwards is checked, and
what the desk's acts took is printed.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from playwright.sync_api import expect, sync_playwright  # noqa: E402 -- after the setup

from tests.conftest import CHROMIUM_FLAGS, LiveCity  # noqa: E402
from tests.evening.crowd import Crowd  # noqa: E402
from tests.evening.deciding import Deciding  # noqa: E402
from tests.evening.people import Recording  # noqa: E402
from tests.evening.scenes import Evening  # noqa: E402
from tests.evening.script import Script  # noqa: E402
from tests.servers import City, ServerFailed, find_chromium  # noqa: E402

SEED = 4
FASTEST, FASTEST_PEOPLE = 30, 5
EVENINGS: dict[str, type[Script]] = {"moderating": Evening, "deciding": Deciding}
Findings = dict[str, list[str]]


def main() -> int:
    options = _options()
    directory = options.record or Path(tempfile.mkdtemp(prefix="evening-"))
    directory.mkdir(parents=True, exist_ok=True)
    city = City()
    city.prepare()
    facts = json.loads(
        city.run("-m", "tests.evening.planting", str(options.speed), options.evening)
    )
    started = time.monotonic()
    with city:
        evening = _live(city, facts, directory, options)
        (directory / "server.log").write_bytes(city.log.read_bytes())
        found, figures = _look(city, evening, directory)
    figures["minutes"] = round((time.monotonic() - started) / 60, 1)
    report = _report(found, figures, evening, options)
    (directory / "report.txt").write_text(report)
    print(f"{report}\nRecorded in {directory}")
    return 1 if any(found.values()) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.evening", description=__doc__)
    parser.add_argument("evening", nargs="?", default="moderating", choices=EVENINGS)
    parser.add_argument(
        "--speed",
        type=int,
        default=5,
        choices=range(1, FASTEST + 1),
        metavar=f"1-{FASTEST}",
        help="how many times faster the agenda's minutes pass (5: about 25 minutes)",
    )
    parser.add_argument(
        "--people", type=int, default=60, help="simulated citizens (60)"
    )
    parser.add_argument("--record", type=Path, help="directory of the recording")
    return parser.parse_args()


def _live(
    city: City, facts: dict[str, Any], directory: Path, options: argparse.Namespace
) -> Script:
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium found: install chromium or set CHROMIUM.")
    expect.set_options(timeout=15_000)
    # However fast the agenda passes: more is no evening, but a test of load.
    speed = min(options.speed, FASTEST_PEOPLE)
    crowd = Crowd(
        city.url, facts["code"], people=options.people, seed=SEED, speed=speed
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        evening = EVENINGS[options.evening](
            chromium,
            LiveCity(city, [], []),
            crowd,
            Recording(directory),
            facts,
            options.speed,
        )
        try:
            evening.run()
        finally:
            crowd.over.over = True
            evening.said = {guest.name: guest.finish() for guest in evening.everybody}
            chromium.close()
    return evening


def _look(
    city: City, evening: Script, directory: Path
) -> tuple[Findings, dict[str, Any]]:
    """Everything that is wrong, by what it breaks."""
    told = {
        "code": evening.code,
        "told": evening.crowd.told,
        "receipts": _joined(evening.crowd.receipts, evening.receipts),
    }
    file = directory / "told.json"
    file.write_text(json.dumps(told))
    checked = json.loads(city.run("-m", "tests.evening.checking", str(file)))
    log = (directory / "server.log").read_text(errors="replace").splitlines()
    found = {
        "contributions and votes lost": checked["lost"],
        "acts without reason, notice or record": checked["unexplained"],
        "the result does not verify": _verified(city, directory),
        "faults of the server": [
            line
            for line in log
            if "Internal Server Error" in line or line.startswith("Traceback")
        ]
        + evening.crowd.faults,
        "said by the browsers": [
            f"{name}: {line}" for name, lines in evening.said.items() for line in lines
        ],
        "scenes that went wrong": evening.trouble + evening.recording.trouble,
        "acts without an answer at the desk": [
            line for desk in evening.desks for line in desk.unanswered
        ],
    }
    return found, checked["figures"]


def _joined(*receipts: dict[str, list[str]]) -> dict[str, list[str]]:
    ballots = {ballot for some in receipts for ballot in some}
    return {
        ballot: [one for some in receipts for one in some.get(ballot, [])]
        for ballot in ballots
    }


def _verified(city: City, directory: Path) -> list[str]:
    files = directory / "result.json", directory / "texts.json"
    try:
        said = city.manage("verify_result", str(files[0]), "--texts", str(files[1]))
    except ServerFailed as error:
        return [str(error)]
    (directory / "verify_result.txt").write_text(said)
    return []


def _report(
    found: Findings,
    figures: dict[str, Any],
    evening: Script,
    options: argparse.Namespace,
) -> str:
    lines = [
        f"Evening ({options.evening}) at speed {options.speed}: "
        f"{figures.pop('minutes')} minutes, "
        f"{evening.crowd.inside} simulated citizens, 2 desks, "
        f"{evening.recording.number} scenes",
        f"queue: {evening.handled} entries handled, "
        f"at most {evening.most_waiting} waited",
        *(f"{name}: {value}" for name, value in figures.items()),
        f"refusals that citizens met: {evening.crowd.refusals}",
        "",
        "From key or click until the screen had changed (ms):",
        f"{'act':34}{'number':>7}{'p50':>7}{'p95':>7}{'max':>7}",
    ]
    every: list[float] = []
    names = sorted({what for desk in evening.desks for what in desk.seconds})
    for what in names:
        times = [t for desk in evening.desks for t in desk.seconds.get(what, [])]
        every += times
        lines.append(_row(what, times))
    lines += [_row("all", every), ""]
    for what, wrong in found.items():
        lines.append(f"{what}: {len(wrong)}")
        lines += [f"  {line}" for line in wrong[:20]]
    return "\n".join(lines)


def _row(what: str, seconds: list[float]) -> str:
    if not seconds:
        return f"{what:34}{0:>7}"
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else None
    p50, p95 = (cuts[9], cuts[18]) if cuts else (seconds[0], seconds[0])
    figures = (f"{1000 * value:>7.0f}" for value in (p50, p95, max(seconds)))
    return f"{what:34}{len(seconds):>7}" + "".join(figures)


if __name__ == "__main__":
    sys.exit(main())
