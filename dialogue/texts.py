"""Texts with which a new dialogue begins; staff may change them.

German on purpose: they are accepted by citizens of a German city and kept, as
accepted, with each consent.
"""

from django.conf import settings

GROUND_RULES = """\
Damit alle zu Wort kommen, gelten in diesem Dialog diese Regeln:

- Wir lassen einander ausreden und fassen uns kurz.
- Wir sprechen für uns selbst und begründen, was wir meinen.
- Wir kritisieren Vorschläge, nicht Menschen. Beleidigungen, Drohungen und \
Abwertungen von Gruppen haben hier keinen Platz.
- Wir unterscheiden Tatsachen und Meinungen und sagen, woher wir etwas wissen.
- Wir bleiben beim Thema. Ein Vorschlag enthält einen Gedanken.
- Wir werben nicht für Produkte, Parteien oder Wahlen.
- Wir veröffentlichen nichts Persönliches über andere.
- Niemand muss etwas sagen. Zuhören ist auch Teilnehmen.

Die Moderation ist unparteiisch. Sie erinnert zuerst an die Regeln. Sie kann \
Beiträge ausblenden und bei schweren Verstößen vom Dialog ausschließen. Wird ein \
Beitrag von Ihnen ausgeblendet, erfahren Sie sofort die Regel und den Grund, und Sie \
können nachfragen."""

_PRIVACY_NOTICE = """\
**Wer verantwortlich ist.** {city}. Fragen zum Datenschutz beantworten wir unter \
{mail} oder {phone}; dort erreichen Sie auch die Datenschutzbeauftragte oder den \
Datenschutzbeauftragten.

**Was wir speichern.** Ihren Anzeigenamen (es muss nicht Ihr wirklicher sein), Ihre \
Beiträge, Haltungen und Stimmen, den Zeitpunkt Ihrer Teilnahme und dass Sie diesen \
Text und die Dialogregeln angenommen haben. Wenn Sie ein Konto anlegen, auch Ihre \
E-Mail-Adresse. Dieser Dialog wird nicht in Bild oder Ton aufgezeichnet.

**Wofür.** Um den Dialog durchzuführen, zu moderieren und sein Ergebnis in die \
Entscheidung einzubringen. Rechtsgrundlage ist unsere öffentliche Aufgabe der \
Bürgerbeteiligung (Artikel 6 Absatz 1 Buchstabe e der Datenschutz-Grundverordnung \
mit § 3 des Datenschutzgesetzes Nordrhein-Westfalen).

**Wer was sieht.** Ihren Anzeigenamen und Ihre Beiträge sehen alle im Dialog. Im \
veröffentlichten Ergebnis stehen Vorschläge mit Anzeigenamen und Zahlen. Bei \
geheimen Abstimmungen ist nach dem Schließen nicht mehr feststellbar, wer wie \
gestimmt hat. Wir geben nichts an Werbung oder soziale Netzwerke weiter und setzen \
nur Cookies, ohne die der Dialog nicht geht.

**Wie lange.** Angaben zu Ihrer Person löschen wir, wenn Sie es verlangen, auch mit \
einem Knopf unter „Meine Daten“. Das Ergebnis bleibt dann ohne Ihren Namen erhalten.

**Ihre Rechte.** Sie können Auskunft, Berichtigung, Löschung und Einschränkung \
verlangen und der Verarbeitung widersprechen. Sie können sich bei der \
Landesbeauftragten für Datenschutz und Informationsfreiheit Nordrhein-Westfalen \
beschweren. Die Teilnahme ist freiwillig."""


def ground_rules() -> str:
    return GROUND_RULES


def privacy_notice() -> str:
    """The notice with the city's own name and contact."""
    return _PRIVACY_NOTICE.format(
        city=f"Stadt {settings.CITY_NAME}",
        mail=settings.CONTACT_MAIL,
        phone=settings.CONTACT_PHONE,
    )
