"""A moderator at the desk: acts by key and click, and how soon the screen answered."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Browser, Locator
from playwright.sync_api import TimeoutError as TooLong

from live.rehearsal import words
from moderation.models import Rule
from tests.browser.people import DESK
from tests.conftest import LiveCity
from tests.evening.people import Guest

ENTRIES = "#queue-list > [data-entry]"
CURRENT = f"{ENTRIES}[aria-current=true]"
PATIENCE = 60_000
# Measured in the page: from the last key or click until `selector` shows another text.
WATCH = """([selector, isGone]) => {
  const read = () => {
    const found = document.querySelector(selector);
    return isGone ? Boolean(found) : found?.textContent;
  };
  const before = read();
  const watched = (window.watched = { began: 0, ended: 0 });
  const began = () => { if (!watched.ended) watched.began = performance.now(); };
  for (const kind of ["keydown", "click"]) addEventListener(kind, began, true);
  new MutationObserver((__, observer) => {
    if (!watched.began || read() === before) return;
    watched.ended = performance.now();
    observer.disconnect();
    for (const kind of ["keydown", "click"]) removeEventListener(kind, began, true);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""
SHARP = "Wer noch gegen Zebrastreifen ist, hat nichts verstanden"
RULES = [code for code, __ in Rule.choices]
INSULTS = ("Trottel", "dumm", "Blöde", "Schwachsinn", "Halten Sie", "Leuten wie Ihnen",
           "unfähig", "Schule besucht")  # fmt: skip
MARKUP = ("<", "javascript:", "DROP TABLE", "{{", "ÄÄÄ", "Z͑", "\u202e")


def judge(text: str) -> tuple[str, str, str]:
    """What a moderator does about a text: key of the act, rule, reason."""
    if any(word in text for word in INSULTS):
        return "h", "insult", "Das setzt andere herab. Sagen Sie es bitte sachlich."
    if any(sign in text for sign in MARKUP):
        return (
            "r",
            "unreadable",
            "Das kann niemand lesen. Bitte schreiben Sie einen Satz.",
        )
    said = [t for title, text_ in words.PROPOSALS["off_topic"] for t in (title, text_)]
    said += [*words.COMMENTS["off_topic"], *words.QUESTIONS["off_topic"]]
    if any(line in text for line in said):
        return "h", "off_topic", "Heute geht es um den Schulweg."
    return "a", "", ""


class Desk(Guest):
    """The moderators' desk in Chromium."""

    def __init__(self, browser: Browser, city: LiveCity, name: str, who: str) -> None:
        super().__init__(browser, city, name, DESK)
        self.who = who
        self.seconds: dict[str, list[float]] = {}
        self.unanswered: list[str] = []

    # --- acting and measuring ---------------------------------------------------
    def timed(
        self, what: str, selector: str, act: Callable[[], None], *, gone: bool = False
    ) -> bool:
        """Act, and wait until `selector` shows something else (or is gone)."""
        self.page.evaluate(WATCH, [selector, gone])
        act()
        try:
            self.page.wait_for_function("() => window.watched.ended", timeout=PATIENCE)
        except TooLong:
            said = self.page.locator(".kern-error, #notices p").all_inner_texts()
            self.unanswered.append(f"{self.name}: {what} ({selector}): {said}")
            print(self.unanswered[-1], flush=True)
            return False
        spent = self.page.evaluate("() => watched.ended - watched.began")
        self.seconds.setdefault(what, []).append(spent / 1000)
        return True

    def press(self, what: str, key: str, selector: str) -> bool:
        self.leave_fields()
        return self.timed(what, selector, lambda: self.page.keyboard.press(key))

    def click(
        self, what: str, button: Locator, selector: str, *, sure: bool = False
    ) -> bool:
        """Press a button by the mouse; `sure`: and say yes when asked."""

        def act() -> None:
            button.click()
            if sure:
                self.page.locator("dialog[open] .kern-btn--primary").click()

        return self.timed(what, selector, act)

    def submit(self, what: str, command: str, selector: str, within: str = "") -> bool:
        button = self.form(command, within).locator("[type=submit]").first
        return self.click(what, button, selector)

    def leave_fields(self) -> None:
        """Keys are for the desk only while nobody writes."""
        self.page.evaluate("() => document.activeElement?.blur()")

    def unfold(self, inside: str) -> None:
        """Open every fold around an element, so that it can be seen. What the script
        has stowed away is taken out where the selector begins."""
        self.page.wait_for_function(
            """inside => {
              const place = document.querySelector(inside.split(" ")[0]);
              for (const fold of place?.querySelectorAll("[data-stowed]") ?? []) {
                fold.dispatchEvent(new Event("toggle"));
              }
              const found = document.querySelector(inside);
              if (!found) return false;
              for (let at = found; at; at = at.parentElement.closest("details")) {
                if (at.matches("details")) at.open = true;
                if (!at.parentElement) break;
              }
              found.scrollIntoView({ block: "center" });
              return true;
            }""",
            arg=inside,
        )

    def open_person(self, place: str) -> None:
        """What can be done about a person is loaded when the card is opened."""
        self.unfold(f"{place} details[data-load]")
        self.page.locator(f"{place} form[data-command]").first.wait_for(
            state="attached"
        )

    # --- the queue, by keyboard ---------------------------------------------------
    def entries(self) -> int:
        return self.page.locator(ENTRIES).count()

    def handle_one(self) -> bool:
        """Deal with the current entry of the queue; whether there was one."""
        keys = self.page.keyboard
        self.leave_fields()
        if not self.page.locator(CURRENT).count():
            keys.press("j")
        current = self.page.locator(CURRENT).first
        try:
            element = current.get_attribute("id", timeout=1_000) or ""
            text = current.inner_text(timeout=1_000)
        except TooLong:
            return False
        kind = element.partition("-")[0]
        if kind == "queueappeal" and f"entschieden von {self.who}" in text:
            # Somebody else's to decide: on to the next one, if there is one.
            keys.press("j")
            return element != current.get_attribute("id")
        acts: dict[str, Callable[[str], None]] = {
            "queuehelp": self._answer,
            "queueappeal": self._rule,
            "queueteam": self._come,
        }
        act = acts.get(kind, partial(self._decide, kind))
        what = f"queue: {kind.removeprefix('queue')}"
        self.timed(what, f"#{element}", partial(act, text), gone=True)
        return True

    def _answer(self, text: str) -> None:
        keys = self.page.keyboard
        keys.press("a")
        keys.insert_text("Bitte laden Sie die Seite neu, oder rufen Sie uns an.")
        keys.press("Control+Enter")

    def _come(self, text: str) -> None:
        self.page.keyboard.press("a")

    def _rule(self, text: str) -> None:
        """Reverse what was hidden by mistake, let the rest stand."""
        keys = self.page.keyboard
        keys.press("a")
        if SHARP in text:
            keys.insert_text("Scharf im Ton, aber eine Meinung zur Sache.")
            keys.press("Tab")
            keys.press("Tab")
            keys.press("Enter")
        else:
            keys.insert_text("Der Text setzt andere herab. Die Regel gilt für alle.")
            keys.press("Control+Enter")

    def _decide(self, kind: str, text: str) -> None:
        keys = self.page.keyboard
        key, rule, reason = judge(text)
        if kind == "queuereport" and SHARP in text:
            # Too quick: the other moderator reverses it on appeal.
            key, rule, reason = "h", "insult", "Das setzt andere herab."
        elif kind == "queuereport" and key == "r":
            key = "h"
        keys.press(key)
        if key == "a":
            keys.press("Control+Enter")
            return
        for __ in range(RULES.index(rule) + 1):
            keys.press("ArrowDown")
        keys.press("Tab")
        keys.insert_text(reason)
        keys.press("Control+Enter")
