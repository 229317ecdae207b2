"""What happens during each agenda item, by the buttons and keys of the screens."""

from collections.abc import Callable, Sequence

from tests.evening.desk import SHARP
from tests.evening.ending import Ending
from tests.evening.people import Guest
from tests.evening.tables import Tables

QUESTION = "Wie viel Geld hat die Stadt für die Schulwege in diesem Jahr?"


class Evening(Tables, Ending):
    def scenes(self) -> Sequence[Callable[[], None]]:
        return [
            self.welcome, self.listen, self.questions, self.first_tables, self.flash,
            self.rest, self.second_tables, self.plenary, self.ballot, self.answer,
            self.farewell,
        ]  # fmt: skip

    # --- before and at the beginning ------------------------------------------------
    def before(self) -> None:
        self.open_doors()
        self.wait_for_all()

    def welcome(self) -> None:
        self.jonas.unfold("#announce-text")
        self.jonas.page.locator("#announce-text").fill(
            "Herzlich willkommen! Der Ton kommt über das Telefon oder den Saal."
        )
        self.jonas.submit("announce", "announce", "#announcements")
        self.anna.unfold("#pace-seconds")
        self.anna.page.locator("#pace-seconds").select_option("30")
        self.anna.submit("slow mode", "set_pace", "#announcements")
        self.recording.take("announcement and slow mode", self.everybody)

    def listen(self) -> None:
        self.anna.submit("open the speakers' list", "set_speakers", ".speaking__rule")
        self.phone.send("ask_question", text=QUESTION)
        self.author.page.locator("#speak button.kern-btn--primary").first.click()
        self.tend_until(lambda: self.is_shown(self.phone, "#questions", QUESTION), 40)
        self.recording.take(
            "hand raised, question asked", [self.phone, self.author], at="#speak"
        )
        self.anna.unfold("#pace-seconds")
        self.anna.page.locator("#pace-seconds").select_option("0")
        self.anna.submit("slow mode", "set_pace", "#announcements")
        self.jonas.submit("take back", "withdraw_announcement", "#announcements")

    def is_shown(self, guest: Guest, selector: str, text: str) -> bool:
        return guest.page.locator(selector).filter(has_text=text).count() > 0

    # --- questions and hands --------------------------------------------------------
    def questions(self) -> None:
        cards = self.anna.page.locator("#questions > li")
        self.tend_until(lambda: cards.count() >= 3, 60)
        for __ in range(3):
            wanted = "#questions form[data-command=sort_question] [value=true]"
            self.anna.click(
                "shortlist", self.anna.page.locator(f"{wanted}:visible").first, "#wall"
            )
        for __ in range(2):
            self.jonas.submit("on stage", "stage_question", "#wall", "#wall-shortlist")
            staged = self.jonas.page.locator(
                ".card--current form[data-command=show_on_projector]"
            )
            staged.first.locator("button").click()
            self.hall.page.wait_for_timeout(800)
            self.recording.take("question on stage", self.everybody, at="#wall")
            self.jonas.submit("answered", "answer_question", "#wall", "#wall-stage")
        self.answer_in_writing()
        self.hands()

    def answer_in_writing(self) -> None:
        page = self.anna.page
        card = page.locator(
            "#questions > li:has(form[data-command=sort_question])"
        ).first
        place = f"#{card.get_attribute('id')}"
        self.anna.unfold(f"{place} textarea[name=answer]")
        page.locator(f"{place} textarea[name=answer]").fill(
            "Darüber entscheidet der Rat **im März**. Der Plan dazu steht im Netz."
        )
        button = page.locator(f"{place} form:has(textarea[name=answer]) [type=submit]")
        self.anna.click("written answer", button, f"{place} .card__meta")
        self.recording.take("written answer", [self.anna, self.phone], at="#questions")

    def hands(self) -> None:
        """Two in their turn; one out of turn, with a reason."""
        who = "#speaking .speaking__who"
        for __ in range(2):
            self.anna.press("next speaker", "s", who)
            self.recording.take(
                "a turn", [self.anna, self.hall, self.phone], at="#speak"
            )
            self.anna.press("end of the turn", "x", who)
        give = self.anna.page.locator("form[id$=-give]")
        if not give.count():
            self.trouble.append("hands: nobody could be called out of turn")
            return
        place = f"#{give.last.get_attribute('id')}"
        self.anna.unfold(f"{place} [name=reason]")
        self.anna.page.locator(f"{place} [name=reason]").fill(
            "Er muss gleich zum Bus und wartet am längsten."
        )
        self.anna.click("out of turn", give.last.locator("button"), who)
        self.recording.take(
            "out of turn", [self.anna, self.hall, self.author], at="#speak"
        )
        self.anna.press("end of the turn", "x", who)

    def rest(self) -> None:
        """The chair changes hands; the two talk to each other."""
        self.jonas.unfold("#chair-to")
        self.jonas.page.locator("#chair-to").select_option(
            label="Moderation: Anna Beier"
        )
        self.recording.take("handing over the chair", [self.jonas])
        self.jonas.submit("hand over the chair", "hand_chair", "#chair > p")
        self.chair = self.anna
        self.anna.press("pause", "p", "#now-state")
        self.anna.leave_fields()
        self.anna.page.keyboard.press("t")
        self.anna.page.keyboard.insert_text(
            "Ich leite ab jetzt. Nimmst du die Technik?"
        )
        self.anna.timed("team", "#team", lambda: self.anna.page.keyboard.press("Enter"))
        self.jonas.unfold("#team-text")
        self.jonas.page.locator("#team-text").fill("Kann jemand Tisch 3 übernehmen?")
        call = self.jonas.form("write_to_team").locator("[name=is_call]")
        self.jonas.click("call for help", call, "#team")
        self.handle(self.anna)
        self.recording.take("pause and team", self.everybody)
        self.anna.press("continue", "c", "#now-state")

    # --- plenary, hidden text, ballot -----------------------------------------------
    def plenary(self) -> None:
        self.end_round()
        self.author.send(
            "submit_proposal", title=SHARP, text="Ich bin wütend. Und zu Recht."
        )
        card = self.phone.page.locator("#proposals > li").filter(has_text=SHARP)
        self.tend_until(lambda: card.count() > 0, 120)
        self.recording.take(
            "the sharp proposal", [self.author, self.phone], at="#proposals"
        )
        card.locator(".card__report a").click()
        self.phone.page.locator("[name=rule]").select_option("insult")
        self.phone.page.locator("[name=explanation]").fill("Das macht andere schlecht.")
        self.recording.take("reporting", [self.phone])
        with self.phone.page.expect_navigation():
            self.phone.page.locator(
                "main form [type=submit], main form .kern-btn--primary"
            ).first.click()
        self.recording.take("receipt of the report", [self.phone])
        self.phone.visit(f"/d/{self.code}/")
        self.hide_and_appeal()
        self.silence()

    def hide_and_appeal(self) -> None:
        told = self.author.page.locator("[data-mine=notices] form[data-command=appeal]")
        reports = self.anna.page.locator("#queue-list > li[id^=queuereport]")
        self.recording.take("before hiding", self.desks)
        while reports.count() and not told.count():
            if not self.anna.handle_one():
                break
        self.tend_until(lambda: told.count() > 0, 60)
        self.recording.take(
            "hidden: the author's room",
            [self.author, self.phone],
            at="[data-mine=notices]",
        )
        self.recording.take(
            "hidden: the author's room, whole", [self.author], whole=True
        )
        told.first.locator("button").click()
        told.first.wait_for(state="detached")
        self.recording.take("appealed", [self.author], at="[data-mine=notices]")
        notice = self.author.page.locator("[data-mine=notices]")
        self.tend_until(lambda: "wieder sichtbar" in notice.inner_text(), 60)
        self.recording.take(
            "appeal decided", [self.author, self.jonas], at="[data-mine=notices]"
        )

    def silence(self) -> None:
        loud = next(c for c in self.crowd.citizens if c.kind.name == "insulting")
        card = self.anna.page.locator("#people-list > li").filter(
            has=self.anna.page.get_by_text(loud.client.name, exact=True)
        )
        place = f"#{card.first.get_attribute('id')}"
        form = f"{place} form[data-command=silence]"
        self.anna.open_person(place)
        self.anna.unfold(f"{form} [name=reason]")
        self.anna.page.locator(f"{form} [name=rule]").select_option("insult")
        self.anna.page.locator(f"{form} [name=reason]").fill(
            "Mehrmals andere beschimpft."
        )
        self.anna.submit("silence", "silence", f"{place} > .badge", place)
        self.recording.take("silenced", [self.anna])

    def ballot(self) -> None:
        self.anna.unfold("#b-title")
        self.anna.page.locator("#b-title").fill(
            "Soll die Kreuzung am Markt zuerst dran sein?"
        )
        self.anna.submit("draft a ballot", "draft_ballot", "#ballot-cards")
        button = self.anna.form("open_ballot").locator("button")
        self.anna.click("open a ballot", button, "#ballot-cards .card__meta", sure=True)
        ballot = self.phone.page.locator("#ballot-cards > li").first
        ballot.locator("[name=options]").first.check()
        self.recording.take(
            "ballot open", [self.anna, self.phone, self.hall], at="#ballot-cards"
        )
        ballot.locator("form[data-command=cast_vote] [type=submit]").click()
        receipt = ballot.locator(".receipt").first.inner_text()
        number = str(ballot.get_attribute("id")).removeprefix("ballot-")
        self.receipts[number] = [receipt]
        self.recording.take("voted", [self.phone], at="#ballot-cards")
        self.tend_until(lambda: False, 100 / self.speed + 15)
        self.anna.form("show_on_projector", "#ballot-cards").locator("button").click()
        self.hall.page.wait_for_timeout(800)
        self.recording.take("ballot on the projector", [self.hall])
        button = self.anna.form("close_ballot").locator("button")
        self.anna.click(
            "close a ballot", button, "#ballot-cards .card__meta", sure=True
        )
        self.anna.form("show_on_projector", "#ballot-cards").locator("button").click()
        self.hall.page.wait_for_timeout(800)
        self.recording.take("result of the ballot", self.everybody, at="#ballot-cards")

    def answer(self) -> None:
        self.jonas.unfold("#announce-text")
        self.jonas.page.locator("#announce-text").fill(
            "Die Stadt antwortet auf jeden angenommenen Vorschlag bis zum 31. März."
        )
        self.jonas.submit("announce", "announce", "#announcements")
        now = self.anna.page.locator("form[data-command=show_on_projector] [value=now]")
        self.anna.unfold("form[data-command=show_on_projector] [value=now]")
        now.click()

    def farewell(self) -> None:
        if self.anna.form("set_speakers").locator("[value=false]").count():
            self.anna.submit(
                "close the speakers' list", "set_speakers", ".speaking__rule"
            )
