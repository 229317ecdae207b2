"""The words of a finding stand in one place: in the plenary, once it was brought."""

from typing import Any

from django.db import migrations


def move_words(apps: Any, __: Any) -> None:
    """Both rows have the moment of writing: the note's was copied to the finding."""
    notes = apps.get_model("dialogue", "TableNote").objects.exclude(brought_at=None)
    findings = apps.get_model("proposals", "Proposal").objects.filter(kind="finding")
    findings = findings.exclude(state="draft")
    for note in notes.order_by("pk").iterator():
        same = {
            "table": note.table_id,
            "author": note.written_by_id,
            "written_at": note.written_at,
            "note": None,
        }
        finding = findings.filter(**same).order_by("pk").first()
        if finding is not None:
            findings.filter(pk=finding.pk).update(note=note.pk)
    notes.update(title="", text="")


def copy_words_back(apps: Any, __: Any) -> None:
    findings = apps.get_model("proposals", "Proposal").objects.exclude(note=None)
    for finding in findings.select_related("note").iterator():
        note = finding.note
        note.title, note.text = finding.title, finding.text
        note.save(update_fields=["title", "text"])


class Migration(migrations.Migration):
    dependencies = [("proposals", "0010_finding_of_note")]

    operations = [migrations.RunPython(move_words, copy_words_back)]
