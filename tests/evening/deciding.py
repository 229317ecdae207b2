"""An evening of deciding: six methods, hall and paper, read aloud and counted again."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from playwright.sync_api import Locator, Page

from tests.evening.ending import Ending
from tests.evening.people import Guest

HALL_TICKETS, PHONE_TICKETS = 12, 3
# One of the hall's tickets is used online.
BY_HAND = HALL_TICKETS - 1
READ = """card => {
  card.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  return card.querySelector(".result").innerText;
}"""


@dataclass(frozen=True)
class Vote:
    """A ballot of the evening: what the form is filled with, and who counts what.

    `hall` and `phone` are what stands on paper: numbers of hands by option, or sheets
    as they are typed, `{n}` options long.
    """

    method: str
    title: str
    easy: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()
    proposals: int = 0
    hall: str = ""
    phone: str = ""

    @property
    def is_mixed(self) -> bool:
        return bool(self.hall)


EVENING = (
    Vote(
        "gradients",
        "Unsere drei Ziele für die Schulwege: Wie stehen Sie dazu?",
        "Wie finden Sie die drei Ziele?",
        checks=("[name=secrecy][value=open]",),
    ),
    Vote(
        "yes_no",
        "Soll die Kreuzung am Markt zuerst umgebaut werden?",
        "Die Kreuzung am Markt ist gefährlich. Soll sie zuerst dran sein?",
        checks=("[name=secrecy][value=open]", "[name=majority][value=two_thirds]"),
        hall="5 4 2",
        phone="2 1 0",
    ),
    Vote(
        "consensing",
        "Wie kommen die Kinder auf den letzten 300 Metern zur Schule?",
        "Bei jedem Vorschlag: Wie viel spricht für Sie dagegen?",
        fields=(
            (
                "options",
                "Schulstraße: morgens eine halbe Stunde ohne Autos\n"
                "Elternhaltestelle am Friedhof\n"
                "Laufbus mit festen Treffpunkten",
            ),
            ("status_quo", "Alles bleibt, wie es ist"),
        ),
    ),
    Vote(
        "schulze",
        "Was soll die Stadt als Erstes tun?",
        "Bringen Sie die Vorschläge in Ihre Reihenfolge.",
        proposals=4,
        hall="4 x ranks up\n3 x ranks down\n2 x first last\ne\n1 x first",
        phone="2 x ranks down\ne",
    ),
    Vote(
        "equal_shares",
        "50.000 Euro für kleine Maßnahmen: Wofür?",
        "Kreuzen Sie alles an, was Sie gut finden.",
        fields=(
            (
                "options",
                "Zebrastreifen vor der Grundschule; 12.000\n"
                "Licht im Park; 18.500\n"
                "Bänke zum Ausruhen; 4.200\n"
                "Fahrradständer an der Schule; 6.800\n"
                "Breiterer Gehweg an der Hauptstraße; 31.000\n"
                "Trinkbrunnen am Schulhof; 9.500",
            ),
            ("budget", "50000"),
        ),
        hall="4 x 1,2\n3 x 2,3,6\n2 x 5\ne\n1 x 1,3,4,6",
        phone="2 x 3,4\n1 x 1",
    ),
    Vote(
        "stv",
        "Wer spricht für uns im Ausschuss? Zwei Plätze",
        "Wählen Sie Menschen, die für uns sprechen.",
        fields=(
            (
                "options",
                "Ayşe Demir\nBernd Kowalski\nChiara Rossi\nDaria Nowak\nEmil Petersen",
            ),
            ("seats", "2"),
        ),
    ),
)


class Deciding(Ending):
    """`counted`: per ballot, what the standalone page found."""

    tickets: Sequence[tuple[str, str]] = ()

    def before(self) -> None:
        self.counted: dict[str, dict[str, Any]] = {}
        self.closed: list[tuple[Vote, str]] = []
        self.read: list[str] = []
        self.english = Guest(self.browser, self.city, "english", language="en")
        self.everybody.append(self.english)
        self.open_doors()
        self.english.come_in(self.code, "Mr Miller")
        self.give_out_tickets()
        self.wait_for_all()

    def scenes(self) -> Sequence[Callable[[], None]]:
        return [self.hello, self.ideas, self.decide, self.goodbye]

    def hello(self) -> None:
        self.jonas.unfold("#announce-text")
        self.jonas.page.locator("#announce-text").fill(
            "Heute wird sechsmal abgestimmt, jedes Mal anders. Wir erklären alles."
        )
        self.jonas.submit("announce", "announce", "#announcements")

    def ideas(self) -> None:
        """What is proposed now is voted on later."""
        self.phone.send(
            "submit_proposal", title="Ampel am Markt", text="Mit langem Grün zu Fuß."
        )
        self.author.send(
            "submit_proposal", title="Tempo 30 vor allen Schulen", text="Überall."
        )
        published = self.jonas.page.locator("#proposals > li")
        self.tend_until(lambda: published.count() >= 4, 120)

    def decide(self) -> None:
        for vote in EVENING:
            self.step(f"ballot: {vote.method}", partial(self.hold, vote))

    def goodbye(self) -> None:
        now = self.anna.page.locator("form[data-command=show_on_projector] [value=now]")
        self.anna.unfold("form[data-command=show_on_projector] [value=now]")
        now.click()

    # --- the hall -------------------------------------------------------------------
    def give_out_tickets(self) -> None:
        """All who come to the hall or call have one; one of them votes online."""
        page = self.jonas.context.new_page()
        for number, channel in ((HALL_TICKETS, "hall"), (PHONE_TICKETS, "phone")):
            page.goto(f"/d/{self.code}/desk/tickets/")
            page.locator("#id_number").fill(str(number))
            page.locator(f"[name=channel][value={channel}]").check()
            self.leave_by(page, page.locator("form:has(#id_number) [type=submit]"))
        page.goto(f"/d/{self.code}/desk/tickets/print/")
        self.recording.shot(page, "tickets to print")
        codes = [text.strip() for text in page.locator("code").all_inner_texts()]
        page.goto(f"/d/{self.code}/desk/tickets/")
        for number in range(1, HALL_TICKETS + PHONE_TICKETS + 1):
            page.locator("#id_code").fill(str(number))
            self.leave_by(page, page.locator("form:has(#id_code) [type=submit]"))
        self.recording.shot(page, "tickets checked in")
        page.close()
        author = self.author.visit(f"/d/{self.code}/ticket/")
        author.locator("#id_code").fill(codes[0])
        self.recording.take("ticket used online", [self.author])
        self.leave_by(author, author.locator("main form .kern-btn--primary"))
        self.author.wait_until_live()

    def leave_by(self, page: Page, button: Locator) -> None:
        with page.expect_navigation():
            button.click()

    def count_by_hand(self, vote: Vote, number: str) -> None:
        """Both moderators count; the first makes a mistake, and is told."""
        path = f"/d/{self.code}/desk/ballots/{number}/count/"
        for channel, said in (("hall", vote.hall), ("phone", vote.phone)):
            for at, desk in enumerate((self.jonas, self.anna, self.jonas)):
                page = desk.context.new_page()
                page.goto(path)
                page.locator(f"[name=channel][value={channel}]").check()
                self.enter_count(page, said, is_wrong=at == 0)
                self.leave_by(
                    page, page.locator("form:has([name=channel]) [type=submit]")
                )
                if channel == "hall":
                    self.recording.shot(page, f"{vote.method} count {at + 1}")
                told = page.locator("main .alert").all_inner_texts()
                place = {"hall": "im Saal:", "phone": "am Telefon:"}[channel]
                holds = any(
                    text.strip().startswith(place) and "dasselbe gezählt" in text
                    for text in told
                )
                if holds != (at == 2):
                    self.trouble.append(f"count {vote.method} {channel} {at}: {told}")
                page.close()

    def enter_count(self, page: Page, said: str, *, is_wrong: bool) -> None:
        hands = page.locator("[name^=hands_]")
        if hands.count():
            for field, figure in zip(hands.all(), said.split(), strict=True):
                field.fill(
                    str(int(figure) - 1 if is_wrong and figure > "0" else figure)
                )
            return
        options = page.locator("section[aria-labelledby=numbers] li").count()
        lines = [self.sheet(line, options) for line in said.split("\n")]
        page.locator("[name=sheets]").fill("\n".join(lines[1:] if is_wrong else lines))

    def sheet(self, line: str, options: int) -> str:
        """A line as it is typed; the words stand for ranks of so many options."""
        up = [str(rank) for rank in range(1, options + 1)]
        one = ["1"] + ["-"] * (options - 1)
        ranks = {
            "ranks up": up,
            "ranks down": up[::-1],
            "first last": [*one[:-1], "2"],
            "first": one,
        }
        for words, marks in ranks.items():
            if line.endswith(f" {words}"):
                return line.removesuffix(words) + ",".join(marks)
        return line

    # --- a ballot, from its form to its recount --------------------------------------
    def hold(self, vote: Vote) -> None:
        number = self.draft(vote)
        card = f"#ballot-{number}"
        button = self.anna.form("open_ballot", card).locator("button")
        self.anna.click("open a ballot", button, f"{card} .card__meta", sure=True)
        for guest in (self.phone, self.author, self.english):
            self.cast(guest, number, vote)
        self.show(number, vote.title)
        self.tend_until(lambda: self.all_voted(number), 60)
        if vote.is_mixed:
            self.count_by_hand(vote, number)
            self.tend()
        close = self.anna.page.locator(
            f"{card} form[data-command=close_ballot]:has([name=publishes]) button"
        )
        self.anna.click("close a ballot", close, f"{card} .card__meta", sure=True)
        self.recording.take(f"{vote.method} only at the desk", [self.anna], at=card)
        self.anna.submit(
            "publish a result", "publish_ballot", f"{card} .card__actions", card
        )
        self.show(number, vote.title)
        self.recording.take(f"{vote.method} result", [self.hall, self.anna])
        self.closed.append((vote, number))
        self.read_aloud(vote, number)
        self.count_again(
            vote, f"/d/{self.code}/ballots/{number}/", f"{vote.method}-{number}"
        )

    def draft(self, vote: Vote) -> str:
        page = self.anna.context.new_page()
        page.goto(f"/d/{self.code}/desk/ballots/")
        page.locator(f"a[href$='/new/{vote.method}/']").click()
        page.wait_for_url(f"**/new/{vote.method}/")
        for name, text in (
            ("title", vote.title),
            ("text_easy", vote.easy),
            *vote.fields,
        ):
            page.locator(f"#id_{name}").fill(text)
        for selector in vote.checks:
            page.locator(selector).check()
        if vote.is_mixed:
            page.locator("#id_is_mixed").check()
        for box in page.locator("[name=proposals]").all()[: vote.proposals]:
            box.check()
        self.recording.shot(page, f"form {vote.method}")
        page.locator("main form .kern-btn--primary").click()
        page.wait_for_url(re.compile(r"#ballot-\d+$"))
        number = page.url.rsplit("-", 1)[1]
        page.close()
        self.anna.page.locator(f"#ballot-{number}").wait_for()
        return number

    def cast(self, guest: Guest, number: str, vote: Vote) -> None:
        card = guest.page.locator(f"#ballot-{number}")
        form = card.locator("form[data-vote]")
        form.wait_for()
        fill_in(form)
        self.recording.take(f"{vote.method} form", [guest], at=f"#ballot-{number}")
        form.locator("[type=submit]").click()
        receipt = card.locator(".receipt").first.inner_text()
        self.receipts.setdefault(number, []).append(receipt)

    def all_voted(self, number: str) -> bool:
        """Whether every simulated citizen who votes has a receipt."""
        voters = [one for one in self.crowd.citizens if one.votes]
        return all(int(number) in one.diary.receipts for one in voters)

    def show(self, number: str, title: str) -> None:
        """On the projector, which has one thing at a time."""
        form = self.anna.form("show_on_projector", f"#ballot-{number}")
        form.locator("button").click()
        self.hall.page.get_by_text(title).first.wait_for()
        self.hall.page.wait_for_timeout(500)

    def read_aloud(self, vote: Vote, number: str) -> None:
        """Keep what the room says of the result, word by word, in both languages."""
        for guest in (self.phone, self.english):
            card = guest.page.locator(f"#ballot-{number}")
            card.locator(".verdict").wait_for()
            self.recording.take(
                f"{vote.method} result", [guest], at=f"#ballot-{number}"
            )
            said = card.evaluate(READ)
            self.read.append(f"=== {vote.method}, {guest.name}\n{vote.title}\n\n{said}")
        self.recording.path("read-aloud.txt").write_text("\n\n".join(self.read))

    def count_again(self, vote: Vote, path: str, name: str) -> None:
        """The page as a file, without any network: the same result, by another program.

        And by the command, from the ballot file.
        """
        self.recording.keep(self.phone, f"{path}recount.html", f"{name}.html")
        self.recording.keep(self.phone, f"{path}ballot.json", f"{name}.json")
        context = self.browser.new_context(
            offline=True, viewport={"width": 1280, "height": 900}
        )
        page = context.new_page()
        page.goto(self.recording.path(f"{name}.html").absolute().as_uri())
        holds = page.locator("#verdict").get_attribute("data-holds")
        figures = json.loads(page.locator("#figures").text_content() or "{}")
        self.recording.shot(page, f"recount {name}")
        context.close()
        file = self.recording.path(f"{name}.json").absolute()
        said = json.loads(
            self.city.server.manage(
                "count", str(file), "--method", vote.method, "--json"
            )
        )
        same = {key: figures.get(key) for key in ("winners", "ranking", "ties")}
        if holds != "true" or same != {key: said[key] for key in same}:
            self.trouble.append(f"recount {name}: {holds} {same} {said}")
        self.counted[name] = {"holds": holds, "winners": figures.get("winners")}

    # --- afterwards -------------------------------------------------------------------
    def afterwards(self) -> None:
        """The public result page, by somebody who was not there."""
        self.results()
        public = self.phone.page.url.split("#")[0]
        self.recording.take("public result", [self.phone], whole=True)
        for language in ("de", "en"):
            self.read_in_public(public, language)
        for position, (vote, __) in enumerate(self.closed, 1):
            path = f"{public.removeprefix(self.phone.url)}ballots/{position}/"
            self.phone.visit(path)
            self.recording.take(f"{vote.method} in public", [self.phone], whole=True)
            self.count_again(vote, path, f"public-{position}-{vote.method}")

    def read_in_public(self, address: str, language: str) -> None:
        """Keep what somebody reads who was not there: no cookie, no session."""
        context = self.browser.new_context(locale=language)
        page = context.new_page()
        page.goto(address)
        for position, (vote, __) in enumerate(self.closed, 1):
            article = page.locator(f"article[aria-labelledby=ballot-{position}]")
            said = article.evaluate(READ)
            title = article.locator("h3").inner_text()
            if title != vote.title or not article.locator(".verdict").count():
                self.trouble.append(f"public result {position}: {title} {said[:200]}")
            self.read.append(
                f"=== {vote.method}, public, {language}\n{title}\n\n{said}"
            )
        self.recording.path("read-aloud.txt").write_text("\n\n".join(self.read))
        context.close()


def fill_in(form: Locator) -> None:
    """A vote in order, by what the form has."""
    if form.locator(".scale").count():
        for at, row in enumerate(form.locator("fieldset.scale").all()):
            row.locator(".scale__step").nth(at * 2).click()
    elif form.locator("[data-move='-1']").count():
        for row in form.locator(".ranking__row").all()[:3]:
            title = row.get_attribute("data-title")
            line = form.locator(".ranking__row").filter(has_text=str(title)).first
            line.locator("[data-move='-1']").click()
    elif form.locator("input[type=checkbox][name=options]").count():
        for box in form.locator("input[type=checkbox][name=options]").all()[:2]:
            box.check()
    else:
        form.locator("input[type=radio][name=options]").first.check()
