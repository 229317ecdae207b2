"""What the kinds of citizens say in a rehearsal: our own German sentences.

They fit any subject. What is hurtful or hostile here is what moderators have to know.
"""

from typing import Any

# Kind -> what is said with it. Titles have 140 signs at most, questions 500.
PROPOSALS: dict[str, tuple[tuple[str, str], ...]] = {
    "helpful": (
        ("Erst ein halbes Jahr erproben", "Dann sehen wir, was sich bewährt."),
        ("Betroffene vorher befragen", "Wer täglich dort ist, weiß am meisten."),
        ("Eine feste Ansprechperson benennen", "Damit Fragen nicht liegen bleiben."),
        ("Barrierefrei von Anfang an", "Nachträglich wird es immer teurer."),
        ("Halbjährlich berichten, was daraus wurde", "Das schafft Vertrauen."),
        ("Mit den Schulen zusammen planen", "Dort kommen alle Familien hin."),
        ("Mehr Bänke und Schatten", "Im Sommer ist es kaum auszuhalten."),
        ("Die Kosten offen auf einer Seite zeigen", "Verständlich, ohne Fachwörter."),
        ("Abends besser beleuchten", "Viele meiden den Weg nach Einbruch der Nacht."),
        ("Einen Probetag mit allen Gruppen machen", "Ausprobieren überzeugt."),
    ),
    "quiet": (
        ("Vielleicht auch an Ältere denken", ""),
        ("Ein leiser Ort zum Sitzen", ""),
        ("Bitte auch auf Papier", "Nicht alle haben ein Telefon."),
    ),
    "dominating": (
        ("So und nicht anders muss es gemacht werden", "Ich sage das seit Jahren."),
        ("Mein Plan in zwölf Punkten, Teil 1", "Die anderen Teile folgen gleich."),
        ("Mein Plan in zwölf Punkten, Teil 2", "Lesen Sie zuerst Teil 1."),
        ("Noch einmal, damit es alle verstehen", "Mein Vorschlag ist der richtige."),
        ("Wir brauchen hier nicht weiter zu reden", "Es liegt alles auf dem Tisch."),
    ),
    "insulting": (
        ("Die Trottel im Rathaus sollen zurücktreten", "Keine Ahnung von nichts."),
        ("Wer das vorschlägt, ist doch dumm", "So etwas Blödes habe ich nie gelesen."),
    ),
    "off_topic": (
        ("Die Spritpreise müssen runter", "Darüber spricht hier niemand."),
        ("Verkaufe gut erhaltenes Fahrrad", "Bei Interesse bitte melden."),
        ("Der Trainer muss gehen", "Drei Niederlagen in Folge."),
    ),
    "lost": (("Test", "Kommt das an?"), ("Wo schreibe ich das hin", "")),
    "hostile_markup": (
        ("<script>alert('Hallo')</script>", "<img src=x onerror=alert(1)>"),
        ("[Gewinnspiel](javascript:alert(1))", "[hier](data:text/html,<b>x</b>)"),
        (
            "\u202enehets hcsrev txeT red ssad os",
            "Z\u0351\u0334\u0346a\u0337l\u0348g\u0321o",
        ),
        ("{{ settings.SECRET_KEY }} {% debug %}", "${7*7} <%= 7*7 %>"),
        ("Ä" * 140, "ohneleerzeichen" * 40),
    ),
}
COMMENTS: dict[str, tuple[str, ...]] = {
    "helpful": (
        "Das kann ich mir gut vorstellen.",
        "Was spricht aus Ihrer Sicht dagegen?",
        "Bei uns im Viertel hat etwas Ähnliches geholfen.",
        "Das ergänzt den Vorschlag davor gut.",
        "Ich bin noch unsicher, höre aber gern mehr.",
        "Können wir beides verbinden?",
    ),
    "quiet": ("Stimmt.", "Gute Idee.", "Danke."),
    "dominating": (
        "Nein. Wie ich schon sagte, geht das nicht.",
        "Darf ich das noch einmal ausführen? Es ist wichtig.",
        "Das habe ich vorhin alles erklärt, bitte lesen Sie nach.",
        "Ich spreche hier für die Mehrheit.",
        "Dazu gibt es nur eine Meinung, nämlich diese.",
    ),
    "insulting": (
        "Haben Sie überhaupt die Schule besucht?",
        "Typisch. Von Leuten wie Ihnen kommt nur Unsinn.",
        "Halten Sie doch einfach den Mund.",
        "So ein Schwachsinn, und dafür sitze ich hier.",
    ),
    "off_topic": (
        "Wann kommt eigentlich der Bus der Linie 7?",
        "Apropos: Im Garten blühen schon die Rosen.",
        "Hat jemand das Spiel gestern gesehen?",
    ),
    "lost": ("Ich sehe nichts.", "Bin ich hier richtig?", "Wie geht das?"),
    "hostile_markup": (
        "<b onmouseover=alert(1)>wichtig</b>",
        "<iframe src='https://example.invalid'></iframe>",
        "![Bild](https://example.invalid/x.png)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ),
}
QUESTIONS: dict[str, tuple[str, ...]] = {
    "helpful": (
        "Wer entscheidet am Ende, und bis wann?",
        "Was davon ist schon beschlossen?",
        "Wie viel Geld steht dafür zur Verfügung?",
        "Wie erfahren wir, was aus unseren Vorschlägen wird?",
    ),
    "quiet": ("Gibt es das auch in einfacher Sprache?",),
    "dominating": (
        "Warum wird mein Plan nicht zuerst besprochen?",
        "Wie lange reden wir noch über Nebensachen?",
        "Wann bekomme ich endlich das Wort?",
    ),
    "insulting": ("Wie unfähig kann eine Verwaltung sein?",),
    "off_topic": ("Wann wird die Hundesteuer gesenkt?", "Wer hat das Wetter bestellt?"),
    "lost": ("Wo ist der Knopf?", "Hört man mich?"),
    "hostile_markup": (
        "<svg onload=alert(1)>Frage?</svg>",
        "'; DROP TABLE fragen; --?",
    ),
}
CALLS = (
    "Ich höre nichts, nur ein Rauschen.",
    "Mein Bild ist weg. Was soll ich tun?",
    "Ich finde die Abstimmung nicht.",
    "Auf dem Telefon ist alles so klein.",
    "Ich bin aus Versehen hinausgegangen. Zählt meine Stimme noch?",
)
ABOUT = (
    "eine Nachfrage",
    "ein Beispiel aus unserer Straße",
    "ein Einwand",
    "ein Dank",
    "zu den Kosten",
)
ALIGNMENTS: dict[str, tuple[str, ...]] = {
    "helpful": ("pro", "neutral", "contra"),
    "dominating": ("contra",),
    "insulting": ("contra",),
}


def proposal(kind: str, chance: Any) -> dict[str, str]:
    """Title and text of one of this kind."""
    title, text = chance.choice(PROPOSALS[kind])
    return {"title": title, "text": text} if text else {"title": title}


def comment(kind: str, chance: Any) -> dict[str, str]:
    alignment = chance.choice(ALIGNMENTS.get(kind, ("neutral",)))
    return {"text": chance.choice(COMMENTS[kind]), "alignment": alignment}
