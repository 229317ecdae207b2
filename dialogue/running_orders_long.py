"""The two longer running orders, and the list of all."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from dialogue.running_orders import (
    ANSWER_NOTES,
    ANSWER_WORDS,
    NINETY,
    Kind,
    RunningOrder,
    Step,
)

_welcome, _input, _questions, _tables, _gallery, _ballot, _answer, _end = NINETY.steps

DORTMUND = RunningOrder(
    key="135",
    title=_("135 minutes (Dortmund pattern)"),
    purpose=_("18:00 to 20:15 in two rounds of tables: first needs, then proposals."),
    steps=(
        replace(_welcome, minutes=15),
        replace(
            _input,
            minutes=15,
            title="Einführung",
            title_en="Introduction",
            text="Die Lage, was offen ist, mehrere Sichtweisen. Fragen sammeln wir.",
            text_en="The situation, what is open, several views. We collect questions.",
            text_easy="Fachleute erklären das Thema. Sie können fragen.",
        ),
        Step(
            kind=Kind.SMALL_GROUPS,
            minutes=35,
            title="Erste Runde: Was brauchen wir?",
            title_en="First round: what do we need?",
            text="An den Tischen: Ihre Erfahrungen und was für Sie wichtig ist.",
            text_en="At the tables: your experiences and what matters to you.",
            text_easy="Sie erzählen in der Gruppe: Was brauchen Sie?",
            allows="propose comment",
            notes=(
                "Noch keine Lösungen. Jede Person ein Satz, dann Bedürfnisse sammeln "
                "und ordnen. Die Tischmoderation hält drei bis fünf fest und liest vor."
            ),
            suggested_words=(
                "„Wo erleben Sie das Thema im Alltag? … Was muss eine gute Lösung auf "
                "jeden Fall leisten? … Wessen Sicht fehlt noch am Tisch?“"
            ),
        ),
        replace(
            _gallery,
            minutes=10,
            title="Blitzlicht aus den Tischen",
            title_en="Flashlight from the tables",
            text="Ein Satz aus jedem Tisch.",
            text_en="One sentence from each table.",
            text_easy="Jede Gruppe sagt einen Satz.",
            allows="stance",
            suggested_words="„Bitte ein Satz. Begründen können Sie ihn gleich.“",
        ),
        Step(
            kind=Kind.BREAK,
            minutes=5,
            title="Pause",
            title_en="Break",
            text="Die Uhr zeigt, wann es weitergeht.",
            text_en="The clock shows when we go on.",
            text_easy="Jetzt ist Pause.",
            notes="Uhr sichtbar lassen. Die Tische für die zweite Runde neu mischen.",
            suggested_words="„Fünf Minuten Pause. Die Uhr zeigt, wann es weitergeht.“",
        ),
        replace(
            _tables,
            title="Zweite Runde: Vorschläge",
            title_en="Second round: proposals",
            text="An neuen Tischen: aus Bedürfnissen werden Vorschläge mit Gründen.",
            text_en="At new tables: needs become proposals with reasons.",
            text_easy="Sie machen in der Gruppe Vorschläge.",
        ),
        replace(
            _ballot,
            minutes=15,
            title="Galerie und Abstimmung",
            title_en="Gallery and ballot",
            text="Lesen Sie alle Vorschläge. Danach stimmen wir ab.",
            text_en="Read all proposals. Then we vote.",
            text_easy="Sie lesen alle Vorschläge. Dann stimmen Sie ab.",
            allows="comment stance vote",
        ),
        replace(_answer, minutes=8),
        replace(_end, minutes=2),
    ),
)

TWO_WEEKS = RunningOrder(
    key="online",
    title=_("Online over two weeks"),
    purpose=_("For people who cannot come at a fixed hour. Moderated every day."),
    steps=(
        Step(
            kind=Kind.INPUT,
            minutes=30,
            days=(0, 3),
            title="Lesen und fragen",
            title_en="Read and ask",
            text="Das Wichtigste zum Thema. Stellen Sie Ihre Fragen.",
            text_en="The essentials of the topic. Ask your questions.",
            text_easy="Sie lesen über das Thema. Sie können fragen.",
            allows="ask",
            notes=(
                "Jede Frage binnen eines Werktags beantworten, in eigenen Worten, ohne "
                "Textbausteine. Antworten, die alle angehen, oben festhalten."
            ),
            suggested_words=(
                "„Danke für die Frage. In Kürze: … Genauer steht es unter …“"
            ),
        ),
        Step(
            kind=Kind.PROPOSALS,
            minutes=60,
            days=(3, 9),
            title="Vorschlagen und beraten",
            title_en="Propose and discuss",
            text="Schreiben Sie Vorschläge, beraten Sie die der anderen.",
            text_en="Write proposals and discuss those of others.",
            text_easy="Sie schreiben Vorschläge. Sie sagen Ihre Meinung.",
            allows="propose comment ask stance",
            notes=(
                "Morgens und abends alles Neue lesen. Auf ähnliche Vorschläge "
                "hinweisen, statt sie eigenmächtig zusammenzulegen. Nach Gründen "
                "fragen. Nach drei Tagen einen kurzen Zwischenstand schreiben."
            ),
            suggested_words=(
                "„Was würde sich dadurch ändern, und für wen? … Worin "
                "unterscheidet sich das vom Vorschlag Nummer …?“"
            ),
        ),
        Step(
            kind=Kind.GALLERY,
            minutes=30,
            days=(9, 11),
            title="Galerie",
            title_en="Gallery",
            text="Alle Vorschläge liegen vor. Sagen Sie, welchen Sie zustimmen.",
            text_en="All proposals are in. Say which ones you agree with.",
            text_easy="Sie lesen alle Vorschläge. Sie sagen: gut oder nicht gut.",
            allows="comment stance",
            notes=(
                "Verfasserinnen und Verfasser bitten, den endgültigen Wortlaut zu "
                "bestätigen. Offene Einwände neben den Vorschlag stellen."
            ),
            suggested_words=(
                "„Bis … können Sie Ihren Vorschlag noch anders fassen. Danach stimmen "
                "wir über genau diesen Wortlaut ab.“"
            ),
        ),
        Step(
            kind=Kind.BALLOT,
            minutes=15,
            days=(11, 13),
            title="Abstimmung",
            title_en="Ballot",
            text="Stimmen Sie ab. Die Regel steht über der Abstimmung.",
            text_en="Cast your vote. The rule stands above the ballot.",
            text_easy="Sie stimmen ab.",
            allows="vote",
            notes=(
                "Die Abstimmung zu Beginn öffnen und vor dem Ende des Punktes "
                "schließen. Am letzten Tag einmal daran erinnern."
            ),
            suggested_words="„Abstimmen können Sie bis … Jede Stimme zählt gleich.“",
        ),
        Step(
            kind=Kind.ANSWER,
            minutes=15,
            days=(13, 14),
            title="Antwort der Stadt",
            title_en="Answer of the city",
            text="Das Ergebnis und was die Stadt damit macht.",
            text_en="The result and what the city does with it.",
            text_easy="Die Stadt antwortet Ihnen.",
            allows="ask",
            notes=ANSWER_NOTES,
            suggested_words=ANSWER_WORDS,
        ),
    ),
)

RUNNING_ORDERS = {order.key: order for order in (NINETY, DORTMUND, TWO_WEEKS)}
