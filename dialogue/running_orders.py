"""Running orders: whole agendas to begin with, for an empty agenda.

Each step is complete: what all see, in German, English and easy language, and
what the moderation alone reads. Staff change whatever they like afterwards.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem

Kind = AgendaItem.Kind

# What a new item of a kind allows, until staff choose otherwise.
ALLOWED_BY_KIND: dict[str, frozenset[str]] = {
    Kind.ARRIVAL: frozenset(),
    Kind.INPUT: frozenset({"ask"}),
    Kind.QUESTIONS: frozenset({"ask"}),
    Kind.SMALL_GROUPS: frozenset({"propose", "comment"}),
    Kind.PROPOSALS: frozenset({"propose", "comment", "stance"}),
    Kind.GALLERY: frozenset({"comment", "stance"}),
    Kind.BALLOT: frozenset({"vote"}),
    Kind.ANSWER: frozenset({"ask"}),
    Kind.BREAK: frozenset(),
    Kind.EVALUATION: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """An agenda item to be. `days`: opens and closes, counted from the beginning."""

    # The fields that go into the AgendaItem as they are.
    COPIED: ClassVar[tuple[str, ...]] = (
        "kind", "minutes", "title", "title_en", "text", "text_en", "text_easy",
        "notes", "suggested_words",
    )  # fmt: skip

    kind: str
    minutes: int
    title: str
    title_en: str
    text: str
    text_en: str
    text_easy: str
    notes: str
    suggested_words: str
    allows: str = ""
    days: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class RunningOrder:
    key: str
    title: Any
    purpose: Any
    steps: tuple[Step, ...]

    @property
    def is_online(self) -> bool:
        return any(step.days for step in self.steps)

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)


WELCOME_NOTES = (
    "15 Minuten vorher: Ton, Bild und Beteiligung prüfen; die Technik nimmt Anrufe "
    "entgegen. Während die Leute eintreffen, eine lockere Frage stellen. Zu Beginn "
    "sagen: Worum geht es? Was kann sich ändern, was steht fest? Wer entscheidet? "
    "Regeln und Datenschutz kurz nennen. Die drei Knöpfe zeigen: melden, fragen, "
    "Hilfe rufen."
)
WELCOME_WORDS = (
    "„Schön, dass Sie da sind. Heute Abend geht es um … Ändern können wir gemeinsam "
    "…; fest steht … Am Ende nimmt die Stadt Ihre Vorschläge mit und antwortet bis "
    "zum … Ich leite das Gespräch und habe selbst keine Meinung dazu. Wenn etwas nicht "
    "klappt, drücken Sie auf ‚Hilfe rufen‘ oder wählen Sie die Nummer auf dem Schirm.“"
)
GROUP_NOTES = (
    "Tische mit sechs bis acht Personen, gemischt. Erst eine Runde: jede Person ein "
    "Satz (8 Minuten). Dann Gründe sammeln (10). Dann Vorschläge in einem Satz "
    "festhalten (10). Zum Schluss liest die Tischmoderation jeden Vorschlag vor und "
    "lässt den Wortlaut bestätigen (2). Abweichende Meinungen mitschreiben. Wer wenig "
    "gesagt hat, wird freundlich eingeladen, niemand gedrängt."
)
GROUP_WORDS = (
    "„Bitte sagen Sie der Reihe nach in einem Satz: Was ist Ihnen hier am wichtigsten? "
    "… Was spricht dafür, was dagegen? … Ich lese vor, was ich aufgeschrieben habe. "
    "Stimmt das so für Sie?“"
)
ANSWER_NOTES = (
    "Die Person, die für die Stadt spricht, nennt drei Dinge: was sie gehört hat, was "
    "als Nächstes geschieht, bis wann die Antworten kommen. Keine Zusage ohne Datum."
)
ANSWER_WORDS = (
    "„Das nehme ich mit: … Der nächste Schritt ist … Bis zum … bekommen Sie zu jedem "
    "angenommenen Vorschlag eine Antwort mit Begründung.“"
)
END_NOTES = (
    "Um drei kurze Rückmeldungen bitten: Kam ich zu Wort? Habe ich etwas Neues "
    "verstanden? Was machen wir beim nächsten Mal besser? Danken. Sagen, wo das "
    "Ergebnis steht. Dann den Dialog am Pult schließen."
)
END_WORDS = (
    "„Das Ergebnis steht gleich auf der Seite des Projekts, für alle nachprüfbar. "
    "Vielen Dank für Ihren Abend und kommen Sie gut nach Hause.“"
)

NINETY = RunningOrder(
    key="90",
    title=_("90 minutes"),
    purpose=_("One evening with 10 to 40 people and one question."),
    steps=(
        Step(
            kind=Kind.ARRIVAL,
            minutes=12,
            title="Willkommen",
            title_en="Welcome",
            text="Begrüßung, Ziel des Abends, Regeln. Probieren Sie die Knöpfe aus.",
            text_en="Welcome, aim of the evening, rules. Try out the buttons.",
            text_easy="Wir begrüßen Sie. Wir sagen, was heute passiert.",
            notes=WELCOME_NOTES,
            suggested_words=WELCOME_WORDS,
        ),
        Step(
            kind=Kind.INPUT,
            minutes=12,
            title="Zwei Sichtweisen",
            title_en="Two points of view",
            text="Zwei kurze Beiträge, zwei Sichtweisen. Ihre Fragen sammeln wir.",
            text_en="Two short talks with different views. We collect questions.",
            text_easy="Zwei Menschen erzählen. Sie sind verschiedener Meinung.",
            allows="ask",
            notes=(
                "Fünf Minuten je Beitrag, Uhr sichtbar. Beide Seiten gleich lang. "
                "Zahlen mit Quelle. Strittiges als strittig benennen."
            ),
            suggested_words=(
                "„Sie hören jetzt zwei Sichtweisen, je fünf Minuten. Schreiben Sie "
                "Ihre Fragen gleich auf; wir beantworten sie danach.“"
            ),
        ),
        Step(
            kind=Kind.QUESTIONS,
            minutes=6,
            title="Ihre Fragen",
            title_en="Your questions",
            text="Wir beantworten die Fragen, die den meisten wichtig sind.",
            text_en="We answer the questions that matter to most people.",
            text_easy="Sie fragen. Wir antworten.",
            allows="ask",
            notes=(
                "Nur Verständnisfragen; Meinungen kommen gleich an die Tische. Offene "
                "Fragen bleiben sichtbar und werden schriftlich beantwortet."
            ),
            suggested_words="„Was müssen Sie noch wissen, um mitreden zu können?“",
        ),
        Step(
            kind=Kind.SMALL_GROUPS,
            minutes=30,
            title="Gespräch an den Tischen",
            title_en="Conversation at the tables",
            text="In kleinen Runden: Erfahrungen, Gründe, Vorschläge in einem Satz.",
            text_en="In small groups: experiences, reasons, proposals in one sentence.",
            text_easy="Sie sprechen in kleinen Gruppen. Sie schreiben Vorschläge auf.",
            allows="propose comment",
            notes=GROUP_NOTES,
            suggested_words=GROUP_WORDS,
        ),
        Step(
            kind=Kind.GALLERY,
            minutes=12,
            title="Was die Tische vorschlagen",
            title_en="What the tables propose",
            text="Jeder Tisch berichtet. Sagen Sie, welchen Vorschlägen Sie zustimmen.",
            text_en="Each table reports. Say which proposals you agree with.",
            text_easy="Wir zeigen alle Vorschläge. Sie sagen: gut oder nicht gut.",
            allows="comment stance",
            notes=(
                "Zwei Minuten je Tisch. Gleiche Vorschläge nur zusammenlegen, wenn die "
                "Tische zustimmen. Nebenthemen in den Themenspeicher."
            ),
            suggested_words=(
                "„Welcher Vorschlag ist Ihnen der wichtigste, und warum? … Meinen "
                "diese beiden dasselbe, oder gibt es einen Unterschied?“"
            ),
        ),
        Step(
            kind=Kind.BALLOT,
            minutes=8,
            title="Abstimmung",
            title_en="Ballot",
            text="Wir stimmen über die Vorschläge ab. Vorher erklären wir, wie.",
            text_en="We vote on the proposals. First we explain how.",
            text_easy="Sie stimmen ab. Wir erklären vorher, wie das geht.",
            allows="vote",
            notes=(
                "Vor dem Öffnen sagen: offen oder geheim, wie viele Stimmen, wann "
                "etwas angenommen ist. Nach dem Schließen das Ergebnis vorlesen."
            ),
            suggested_words=(
                "„Sie sehen die Vorschläge in zufälliger Reihenfolge. Sie haben … "
                "Stimmen. Das Ergebnis erscheint, wenn ich die Abstimmung schließe.“"
            ),
        ),
        Step(
            kind=Kind.ANSWER,
            minutes=6,
            title="Antwort der Stadt",
            title_en="Answer of the city",
            text="Was die Stadt gehört hat und was als Nächstes geschieht.",
            text_en="What the city has heard and what happens next.",
            text_easy="Die Stadt antwortet Ihnen. Sie sagt, was jetzt kommt.",
            allows="ask",
            notes=ANSWER_NOTES,
            suggested_words=ANSWER_WORDS,
        ),
        Step(
            kind=Kind.EVALUATION,
            minutes=4,
            title="Rückmeldung und Abschied",
            title_en="Feedback and goodbye",
            text="Wie war der Abend für Sie? Danke fürs Mitmachen.",
            text_en="How was the evening for you? Thank you for taking part.",
            text_easy="Sagen Sie uns: Wie war es? Danke und bis bald.",
            notes=END_NOTES,
            suggested_words=END_WORDS,
        ),
    ),
)
