"""The end of the evening: closing, minutes, and what everybody can read afterwards."""

import re
from pathlib import Path

from tests.evening.script import Script


class Ending(Script):
    result = ""

    def close(self) -> None:
        self.tend_until(lambda: not any(desk.entries() for desk in self.desks), 60)
        self.chair.unfold("form[data-command=close_dialogue]")
        form = self.chair.form("close_dialogue")
        form.locator("[name=confirm]").check()
        self.recording.take("before closing", [self.chair])
        button = form.locator("[type=submit]")
        self.chair.click("close the dialogue", button, "#now-title", sure=True)
        self.phone.page.locator("#minutes:not([hidden])").wait_for()
        self.recording.take("closed", self.everybody, at="#minutes")
        self.recording.take("closed, whole", [self.phone, self.author], whole=True)
        self.crowd.go_home()

    def afterwards(self) -> None:
        self.minutes()
        self.results()
        self.moderation()

    def minutes(self) -> None:
        """A remark, a correction asked for and accepted, then frozen."""
        page = self.jonas.page
        self.jonas.visit(f"/d/{self.code}/minutes/")
        page.locator("#remark-text").fill("Der Ton im Saal fiel für fünf Minuten aus.")
        with page.expect_navigation():
            page.locator("form[action$='/minutes/remark/'] button").click()
        self.phone.visit(f"/d/{self.code}/minutes/")
        self.phone.page.locator("#correction-text").fill(
            "Die Kreuzung heißt Alter Markt, nicht Markt."
        )
        with self.phone.page.expect_navigation():
            self.phone.page.locator("form[action$='/correction/'] button").click()
        self.recording.take("correction asked for", [self.phone])
        self.jonas.visit(f"/d/{self.code}/minutes/")
        page.locator("[id^=reason-]:not([id*=hint])").first.fill("Stimmt, danke.")
        with page.expect_navigation():
            page.locator("button[value=accepted]").first.click()
        self.recording.take("minutes", [self.jonas, self.phone], whole=True)
        pdf = f"/d/{self.code}/minutes/minutes.pdf"
        self.recording.keep(
            self.jonas, f"/d/{self.code}/minutes/", "minutes-draft.html"
        )
        with page.expect_navigation():
            page.locator("form[action$='/minutes/freeze/'] button").click()
        self.recording.keep(self.phone, f"/d/{self.code}/minutes/", "minutes.html")
        self.recording.keep(self.phone, pdf, "minutes.pdf")
        self.phone.visit(f"/d/{self.code}/minutes/")
        self.recording.take("minutes frozen", [self.phone], whole=True)

    def results(self) -> None:
        page = self.phone.page
        self.phone.visit(f"/projects/{self.facts['project']}/")
        link = page.locator("a[href*='/results/']").first.get_attribute("href") or ""
        self.result = re.sub(r"(/results/[0-9a-f]+/).*", r"\1", link)
        self.phone.visit(self.result)
        self.recording.take("result", [self.phone], whole=True)
        for name in ("result.json", "texts.json"):
            self.recording.keep(self.phone, self.result + name, name)

    def moderation(self) -> None:
        """What the public reads about the moderation, and the author in the account."""
        self.author.visit("/me/")
        self.recording.take("messages", [self.author], whole=True)
        link = self.author.page.locator("a[href*='/decisions/']").last
        if link.count():
            self.author.visit(str(link.get_attribute("href")))
            self.recording.take("decision", [self.author], whole=True)
        year = self.jonas.page.evaluate("() => new Date().getFullYear()")
        report = f"/moderation/report/{year}"
        for path, name in (
            (f"/d/{self.code}/moderation/", "moderation-log.html"),
            ("/moderation/", "moderation-log-of-the-city.html"),
            (f"{report}/", "transparency-report.html"),
            (f"{report}.csv", "transparency-report.csv"),
            (f"{report}.json", "transparency-report.json"),
        ):
            self.recording.keep(self.phone, path, name)
            if name.endswith(".html"):
                self.phone.visit(path)
                self.recording.take(Path(name).stem, [self.phone], whole=True)
                self.hall.visit(path)
                self.recording.take(Path(name).stem, [self.hall], whole=True)
