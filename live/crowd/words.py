"""What simulated citizens say: our own German sentences, put together by chance."""

import random
from typing import Any

PLACES = (
    "an der Grundschule", "vor dem Hort", "auf der Hauptstraße", "am Marktplatz",
    "in der Gartenstraße", "an der Bushaltestelle", "am Bahnübergang",
    "vor der Turnhalle", "an der Kreuzung beim Bäcker", "im Lindenweg",
    "unter der Eisenbahnbrücke", "am Kanal",
)  # fmt: skip
MEASURES = (
    "Tempo 30 den ganzen Tag", "ein Zebrastreifen", "eine Fußgängerampel",
    "bessere Beleuchtung", "ein breiterer Gehweg", "ein sicherer Radstreifen",
    "eine Haltezone für Elterntaxis", "ein Schülerlotsendienst",
    "Poller gegen parkende Autos", "ein Laufbus mit festen Zeiten",
    "eine Schulstraße am Morgen", "mehr Platz zum Warten",
)  # fmt: skip
REASONS = (
    "Am Morgen ist es dort eng und unübersichtlich.",
    "Kinder sehen zwischen den Autos kaum auf die Straße.",
    "Viele trauen sich deshalb nicht mit dem Rad.",
    "Im Winter ist es um halb acht noch dunkel.",
    "Wir haben das zwei Wochen lang gezählt.",
    "Auch ältere Menschen hätten etwas davon.",
    "Das ließe sich in den Ferien einrichten.",
    "Es kostet wenig und wirkt sofort.",
)
AGREEING = (
    "Das unterstütze ich.", "Genau das fehlt uns.", "Gute Idee.",
    "Das hat im Nachbarviertel geholfen.", "Bitte bald.",
)  # fmt: skip
DOUBTING = (
    "Ich bin nicht überzeugt.", "Wohin weichen die Autos dann aus?",
    "Das sollte erst erprobt werden.", "Wer bezahlt das auf Dauer?",
    "Für den Bus wird es dann zu eng.",
)  # fmt: skip
WEIGHING = (
    "Dazu hätte ich gern Zahlen.", "Beides hat etwas für sich.",
    "Kann man das mit dem Umbau verbinden?", "Das hängt von der Uhrzeit ab.",
)  # fmt: skip
ASKING = (
    "Wann wird über {measure} entschieden?",
    "Warum gibt es {place} noch keine Lösung?",
    "Was würde {measure} kosten?",
    "Wer ist für die Wege {place} zuständig?",
    "Gibt es Unfallzahlen {place}?",
)
PARKED = (
    "Müll {place}", "Spielplatz {place}", "Parkgebühren", "Lärm {place}",
    "Öffnungszeiten des Bürgerbüros", "Bäume {place}",
)  # fmt: skip
FIRST_NAMES = (
    "Ayla", "Bernd", "Carla", "Dilan", "Emre", "Frieda", "Gerd", "Hanna", "Ibrahim",
    "Jana", "Kemal", "Lotte", "Mats", "Nadia", "Olaf", "Petra", "Quirin", "Rosa",
    "Sven", "Tara", "Uwe", "Vera", "Willi", "Yusuf", "Zeynep",
)  # fmt: skip


def name(number: int) -> str:
    """A display name that nobody else of this crowd has."""
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {number + 1}"


def proposal(chance: random.Random) -> dict[str, Any]:
    """Title, text and sometimes a reason."""
    measure, place = chance.choice(MEASURES), chance.choice(PLACES)
    said: dict[str, Any] = {
        "title": f"{measure[0].upper()}{measure[1:]} {place}",
        "text": " ".join(chance.sample(REASONS, 2)),
    }
    if chance.random() < 0.5:
        said["reason"] = chance.choice(REASONS)
    return said


def comment(chance: random.Random) -> dict[str, Any]:
    """Text and the alignment that fits it."""
    alignment = chance.choice(["pro", "pro", "contra", "neutral"])
    openings = {"pro": AGREEING, "contra": DOUBTING, "neutral": WEIGHING}[alignment]
    text = f"{chance.choice(openings)} {chance.choice(REASONS)}"
    return {"text": text, "alignment": alignment}


def question(chance: random.Random) -> str:
    return _filled(chance, ASKING)


def parked_topic(chance: random.Random) -> str:
    return _filled(chance, PARKED)


def _filled(chance: random.Random, patterns: tuple[str, ...]) -> str:
    return chance.choice(patterns).format(
        measure=chance.choice(MEASURES), place=chance.choice(PLACES)
    )
