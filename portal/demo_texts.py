"""The demo city's words: invented people, streets' names and proposals of our own."""

from typing import NamedTuple


class Talk(NamedTuple):
    """What is said in a dialogue: proposals have title, text and reason, comments an
    alignment; those are about the first three proposals, in turn."""

    proposals: tuple[tuple[str, str, str], ...]
    comments: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]
    ballot: str


DEPARTMENTS = ("Mobilitätsplanung", "Grünflächen und Umwelt", "Jugend und Schule")
DISTRICTS = (
    "Innenstadt-West", "Innenstadt-Nord", "Innenstadt-Ost", "Eving", "Scharnhorst",
    "Brackel", "Aplerbeck", "Hörde", "Hombruch", "Lütgendortmund", "Huckarde",
    "Mengede",
)  # fmt: skip
TOPICS = (
    ("Verkehr", "Transport"),
    ("Schule", "School"),
    ("Grün", "Green spaces"),
    ("Nachbarschaft", "Neighbourhood"),
    ("Kultur", "Culture"),
)

SCHOOL = {
    "slug": "sicher-zur-schule",
    "title": "Sicher zur Schule in Hörde",
    "title_en": "Safe ways to school in Hörde",
    "summary": (
        "Rund um drei Grundschulen ist es morgens eng. Eltern, Kinder und Anwohnende "
        "überlegen gemeinsam, wie alle sicher ankommen."
    ),
    "summary_en": (
        "Around three primary schools the mornings are crowded. Parents, children and "
        "neighbours work out together how everybody gets there safely."
    ),
    "summary_easy": (
        "Am Morgen fahren viele Autos zur Schule.\nDas ist für Kinder gefährlich.\n"
        "Wir sprechen darüber.\nJede Person kann eine Idee sagen."
    ),
    "occasion": (
        "Im Frühjahr gab es an drei Schulen mehrere Beinahe-Unfälle. Die Schulen und "
        "die Bezirksvertretung haben um ein gemeinsames Vorgehen gebeten."
    ),
    "aim": "Ein Paket von Maßnahmen, das bis zum nächsten Schuljahr umgesetzt ist.",
    "can_change": (
        "- wo Autos halten dürfen\n- Querungen und Tempo\n- Zeiten und Regeln für "
        "Elterntaxis\n- Begleitung zu Fuß und mit dem Rad"
    ),
    "is_fixed": (
        "- die Standorte der Schulen\n- 240.000 Euro im Haushalt\n"
        "- die Buslinie bleibt auf ihrer Strecke"
    ),
    "decided_by": "Bezirksvertretung Hörde, auf Vorschlag der Mobilitätsplanung",
}
PARK = {
    "slug": "park-am-hafen",
    "title": "Ein Park für alle am Hafen",
    "title_en": "A park for everybody at the harbour",
    "summary": (
        "Auf der alten Ladefläche entsteht ein Park. Was braucht er, damit ihn "
        "Jung und Alt gern nutzen?"
    ),
    "summary_en": (
        "A park is being laid out on the old loading area. What does it need so that "
        "young and old like to use it?"
    ),
    "summary_easy": (
        "Am Hafen entsteht ein Park.\nSie können sagen, was Sie dort möchten."
    ),
    "occasion": "Die Fläche wird frei, die Förderung des Landes ist zugesagt.",
    "aim": "Ein Entwurf, den die Nachbarschaft mitträgt.",
    "can_change": "- Wege, Sitzplätze, Spiel und Sport\n- Pflanzen\n- Name des Parks",
    "is_fixed": "- Größe und Grenzen\n- die alten Bäume bleiben",
    "decided_by": "Rat der Stadt nach Beratung im Umweltausschuss",
}
LIBRARY = {
    "slug": "stadtteilbibliothek",
    "title": "Wie soll die Stadtteilbibliothek der Zukunft aussehen?",
    "title_en": "What should the district library of the future be like?",
    "summary": "Die Bibliothek wird umgebaut. Ihre Ideen bestimmen, was hineinkommt.",
    "summary_en": "The library is being rebuilt. Your ideas decide what goes into it.",
    "summary_easy": "Die Bibliothek wird neu.\nSagen Sie uns Ihre Wünsche.",
    "occasion": "Das Haus muss ohnehin saniert werden.",
    "aim": "Ein Raumprogramm für die Architektinnen und Architekten.",
    "can_change": "- Räume und Öffnungszeiten\n- Angebote für Gruppen",
    "is_fixed": "- das Gebäude\n- die Bausumme",
    "decided_by": "Rat der Stadt",
}
EVENING_TITLE = "Bürgerdialog: Sicher zur Schule"
EVENING_TITLE_EN = "Citizens' dialogue: Safe ways to school"
EVENING_SUMMARY = (
    "Ein Abend, zwei Runden, eine Abstimmung: Was hilft, damit Kinder sicher zur "
    "Schule kommen?"
)
EVENING_SUMMARY_EN = (
    "One evening, two rounds, one vote: what helps children to get to school safely?"
)
EVENING_SUMMARY_EASY = (
    "Wir sprechen einen Abend lang.\nEs geht um den Weg zur Schule.\n"
    "Am Ende stimmen wir ab."
)
NAMES = (
    "Ayşe K.", "Herr Borowski", "Lena aus Hörde", "Opa Heinz", "M. Nowak", "Jule",
    "Familie Diallo", "Radler 44", "Petra S.", "Tomasz", "Frau Lindner", "Emre",
)  # fmt: skip
SCHOOL_TALK = Talk(
    proposals=(
        (
            "Haltezonen 300 Meter vor der Schule statt direkt am Tor",
            "Eltern halten an **festen Plätzen**, den Rest gehen die Kinder gemeinsam.",
            "Am Tor wird es leer, und die Kinder bewegen sich.",
        ),
        (
            "Zebrastreifen an der Einmündung zum Park",
            "Dort queren jeden Morgen mehr als hundert Kinder.",
            "Die Autos sehen die Kinder heute zu spät.",
        ),
        (
            "Zwischen 7:30 und 8:15 Uhr keine Autos in der Schulstraße",
            "Wer dort wohnt oder jemanden mit Behinderung bringt, darf weiter hinein.",
            "",
        ),
        (
            "Ein Laufbus mit Freiwilligen aus der Nachbarschaft",
            "Drei Linien, jeden Morgen, bei jedem Wetter.",
            "Das kostet fast nichts und bringt Menschen zusammen.",
        ),
        (
            "Tempo 30 auf der ganzen Hauptstraße",
            "Nicht nur vor der Schule, sondern von der Brücke bis zum Markt.",
            "",
        ),
        (
            "Überdachte Radständer mit Platz für Lastenräder",
            "Viele würden mit dem Rad bringen, wenn es einen guten Platz gäbe.",
            "",
        ),
    ),
    comments=(
        ("pro", "Das haben wir an der Nachbarschule gesehen, es funktioniert."),
        ("contra", "Wer früh zur Arbeit muss, schafft diesen Umweg nicht."),
        ("neutral", "Wie wird das bei Regen und im Winter?"),
        ("pro", "Meine Kinder würden das sofort mitmachen."),
    ),
    questions=(
        "Wer kontrolliert, ob die Regeln eingehalten werden?",
        "Wird an Kinder mit Rollstuhl gedacht?",
        "Wie viel vom Geld ist schon verplant?",
    ),
    ballot="Soll die Schulstraße morgens für Autos gesperrt werden?",
)
PARK_TALK = Talk(
    proposals=(
        (
            "Bänke mit Lehne im Schatten der alten Bäume",
            "Alle **80 Meter** eine, jede zweite mit Armlehnen zum Aufstehen.",
            "Wer schlecht geht, kommt sonst nicht weit.",
        ),
        (
            "Ein Spielplatz auch für Kinder im Rollstuhl",
            "Mit Karussell auf Bodenhöhe, Klangspiel und festem Belag.",
            "Im ganzen Stadtteil gibt es bisher keinen.",
        ),
        (
            "Eine Toilette, die immer offen ist",
            "Barrierefrei, mit Wickeltisch und bis zum Abend beleuchtet.",
            "",
        ),
        (
            "Gemeinschaftsbeete am Südrand",
            "Vereine, Kitas und die Nachbarschaft teilen sich zwölf Beete.",
            "Was man selbst gießt, das schützt man auch.",
        ),
        (
            "Nach 22 Uhr Licht nur noch auf dem Hauptweg",
            "Gedämpft und warm, damit Insekten und Fledermäuse bleiben.",
            "",
        ),
        (
            "Ein Sportfeld ohne Zaun",
            "Basketball, Tischtennis und eine Wiese zum Kicken, frei für alle.",
            "",
        ),
    ),
    comments=(
        ("pro", "Im Nordpark sitzen deshalb den ganzen Tag Leute zusammen."),
        ("contra", "Das kostet mehr als drei gewöhnliche Spielgeräte."),
        ("neutral", "Wer putzt sie am Wochenende?"),
        ("pro", "Dann wäre ich mit meinen Enkeln jede Woche dort."),
    ),
    questions=(
        "Wer pflegt den Park, wenn er fertig ist?",
        "Ist der Boden frei von Altlasten?",
        "Bleibt der Weg zum Kanal in der Bauzeit offen?",
    ),
    ballot="Soll der Hauptweg die ganze Nacht beleuchtet sein?",
)
