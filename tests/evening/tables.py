"""Two rounds at tables, and what becomes of their findings in the plenary."""

from playwright.sync_api import Page

from tests.evening.crowd import FINDINGS
from tests.evening.desk import Desk
from tests.evening.people import Guest
from tests.evening.script import Script

TABLES, MERGES = 8, 3


class Tables(Script):
    def begin_round(self, method: str) -> None:
        self.anna.unfold("#round-method")
        self.anna.page.locator("#round-method").select_option(method)
        self.anna.page.locator("#round-size").fill("")
        self.anna.page.locator("#round-tables").fill(str(TABLES))
        self.anna.submit(f"tables: {method}", "begin_round", "#tables-list")
        self.anna.unfold("#tables-list")
        self.recording.take(
            f"tables {method}", [self.anna, self.phone], at="[data-mine=seat]"
        )

    def lead_table(self, desk: Desk, number: int) -> Page:
        """Put a moderator at a table, and open its room."""
        row = f"#tables-list > li:nth-child({number})"
        desk.unfold(f"{row} form[data-command=change_table]")
        leader = desk.page.locator(f"{row} [name=leader]")
        leader.select_option(label=desk.who)
        desk.submit("lead a table", "change_table", f"{row} .queue__meta", row)
        page = desk.context.new_page()
        page.goto(str(desk.page.locator(f"{row} .queue__who").get_attribute("href")))
        return page

    def sit_at_table(self, guest: Guest, title: str, text: str, remark: str) -> None:
        guest.page.locator("[data-mine=seat] a.kern-btn").click()
        guest.page.wait_for_url("**/table/**")
        guest.wait_until_live()
        guest.send("add_remark", text=remark)
        guest.send("write_finding", title=title, text=text)
        guest.page.locator("#findings").filter(has_text=title).wait_for()

    def first_tables(self) -> None:
        self.begin_round("random")
        room = self.lead_table(self.jonas, 1)
        self.tend()
        self.sit_at_table(
            self.phone, "Kreuzung am Markt zuerst umbauen",
            "Dort sind im letzten Jahr drei Kinder gestürzt.", "Ich schreibe gern mit.",
        )  # fmt: skip
        self.sit_at_table(
            self.author, "Zebrastreifen vor der Grundschule", "", "Das ist überfällig.",
        )  # fmt: skip
        self.crowd.round = 1
        self.phone.send(
            "call_to_table", text="Wir sind uns nicht einig, wer mitschreibt."
        )
        self.tend_until(lambda: False, 20)
        self.recording.take("at the tables", [self.phone, self.author])
        self.recording.take("at the tables, whole", [self.phone], whole=True)
        self.recording.shot(room, "table room of the moderator")
        self.hide_remark(room)
        room.close()

    def hide_remark(self, room: Page) -> None:
        remark = room.locator("#remarks-list > li").last
        if not remark.count():
            return
        remark.locator("summary").click()
        remark.locator("[name=rule]").select_option("off_topic")
        remark.locator("[name=reason]").fill(
            "Bitte bleiben Sie beim Thema des Tisches."
        )
        remark.locator("[type=submit]").click()
        room.wait_for_timeout(800)

    def end_round(self) -> None:
        self.crowd.round = 0
        self.anna.unfold("form[data-command=end_round]")
        button = self.anna.form("end_round").locator("button")
        self.anna.click("end of the tables", button, "#tables > p", sure=True)
        self.recording.take("tables ended", [self.phone], at="#tables")
        for guest in (self.phone, self.author):
            guest.visit(f"/d/{self.code}/")

    def flash(self) -> None:
        self.end_round()
        page, merged = self.anna.context.new_page(), 0
        for title, text in FINDINGS:
            page.goto(f"/d/{self.code}/desk/synthesis/")
            same = page.locator("label.pick").filter(has_text=title)
            if same.count() < 2 or merged == MERGES:
                continue
            for choice in same.all():
                choice.locator("input").check()
            page.locator("#title").fill(f"{title} (mehrere Tische)")
            page.locator("#text").fill(text)
            page.locator("#reason").fill("Mehrere Tische haben dasselbe gefunden.")
            self.recording.shot(page, "synthesis")
            merged += 1
            with page.expect_navigation():
                page.locator("main form[method=post] button[type=submit]").click()
        self.recording.shot(page, "synthesis done")
        page.close()
        self.recording.take("synthesis in the room", self.everybody, at="#synthesis")

    def second_tables(self) -> None:
        self.anna.unfold("#group-people")
        people = self.anna.page.locator("#group-people")
        options = people.locator("option").all()[:20]
        people.select_option([str(option.get_attribute("value")) for option in options])
        self.anna.page.locator("#group-label").fill("Eltern")
        self.anna.submit("save a group", "group_people", "#group-people")
        self.begin_round("stratified")
        self.anna.unfold("#move-person")
        self.anna.page.locator("#move-person").select_option(index=1)
        self.anna.page.locator("#move-table").select_option(index=TABLES)
        self.anna.submit("move a person", "move_person", "#tables-list")
        self.sit_at_table(
            self.phone, "Elternhaltestelle am Friedhof",
            "Von dort gehen die Kinder zusammen.", "Wer kennt den Parkplatz?",
        )  # fmt: skip
        self.crowd.round = 2
        self.recording.take("second round", [self.anna, self.phone], whole=True)
