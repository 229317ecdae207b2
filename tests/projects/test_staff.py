"""Staff write, share and publish their projects; nobody else does."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from projects.actions import assign_staff, file_result
from projects.drafting import (
    PhaseFacts,
    assign_colleague,
    create_project,
    release_colleague,
    save_project,
)
from projects.forms import ProjectForm
from projects.models import Department, Phase, Project
from projects.sheet import ResultSheet
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_guest,
    make_person,
    make_project,
    make_staff,
)

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
UNKNOWN = {
    "refused": {
        "code": "project.unknown",
        "message": "There is no such project, or it is not open to you.",
    }
}


def signed_in(person: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person)
    return client


def filled(**facts: Any) -> dict[str, Any]:
    """A completely filled project form with empty rows for phases."""
    department, __ = Department.objects.get_or_create(name="Mobilität")
    return {
        "title": "Sicher zur Schule in Hörde",
        "slug": "",
        "summary": "Wie kommen Kinder sicher an?",
        "department": department.pk,
        "contact_name": "Kim Muster",
        "contact_mail": "kim@stadt.example",
        "occasion": "Unfälle.",
        "aim": "Weniger Unfälle.",
        "can_change": "Die Wege.",
        "is_fixed": "Das Geld.",
        "decided_by": "Bezirksvertretung",
        "decision_due": "2027-06-30",
        "level": "involve",
        "status": "preparation",
        "phases-TOTAL_FORMS": "2",
        "phases-INITIAL_FORMS": "0",
        **facts,
    }


def phase_row(number: int, **facts: str) -> dict[str, str]:
    row = {"title": "Dialog", "starts_on": "2027-01-10", "ends_on": "2027-02-10"}
    return {f"phases-{number}-{key}": text for key, text in (row | facts).items()}


def make_phase(project: Project, **facts: Any) -> Phase:
    return Phase.objects.create(
        **{
            "project": project,
            "title": "Phase",
            "starts_on": date(2030, 1, 1),
            "ends_on": date(2030, 2, 1),
            **facts,
        }
    )


@pytest.fixture
def staff() -> Person:
    return make_staff(name="Kim")


@pytest.fixture
def project(staff: Person) -> Project:
    """A draft on which `staff` works."""
    project = make_project(published_at=None)
    assign_staff(project=project, person=staff)
    return project


# --- who may not ------------------------------------------------------------
@pytest.mark.parametrize("stranger", [make_person, make_guest, make_staff])
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("project_edit", "get"),
        ("project_edit", "post"),
        ("project_publish", "post"),
        ("project_unpublish", "post"),
        ("project_assign", "post"),
    ],
)
def test_foreign_project_is_unknown(
    stranger: Callable[[], Person], name: str, method: str, project: Project
) -> None:
    client = signed_in(stranger())

    there = getattr(client, method)(
        reverse(f"staff:{name}", args=[project.slug]), headers=JSON
    )
    missing = getattr(client, method)(
        reverse(f"staff:{name}", args=["no-such-project"]), headers=JSON
    )

    assert (there.status_code, there.json()) == (404, UNKNOWN)
    assert (missing.status_code, missing.json()) == (404, UNKNOWN)


def test_releasing_in_foreign_project_is_refused(project: Project) -> None:
    assignment = project.assignments.get()

    answer = signed_in(make_staff()).post(
        reverse("staff:project_release", args=[project.slug, assignment.pk]),
        headers=JSON,
    )

    assert answer.status_code == 404
    assert list(project.assignments.all()) == [assignment]


@pytest.mark.parametrize("stranger", [make_person, make_guest])
@pytest.mark.parametrize("name", ["home", "project_new"])
def test_staff_pages_refuse_citizens(stranger: Callable[[], Person], name: str) -> None:
    answer = signed_in(stranger()).get(reverse(f"staff:{name}"), headers=JSON)

    assert answer.status_code == 403
    assert answer.json()["refused"]["code"] == "staff.only"


def test_citizen_cannot_create(db: None) -> None:
    answer = signed_in(make_person()).post(
        reverse("staff:project_new"), filled(), headers=JSON
    )

    assert answer.status_code == 403
    assert Project.objects.count() == 0


def test_nobody_is_sent_to_log_in(project: Project) -> None:
    address = reverse("staff:project_edit", args=[project.slug])

    answer = Client().get(address)

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={address}"


def test_publishing_needs_post(staff: Person, project: Project) -> None:
    answer = signed_in(staff).get(reverse("staff:project_publish", args=[project.slug]))

    assert answer.status_code == 405


# --- home -------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_home_asks_the_same_number_of_queries(
    number: int, staff: Person, django_assert_num_queries: Any
) -> None:
    for __ in range(number):
        project = make_project()
        assign_staff(project=project, person=staff)
        make_phase(project)
        make_dialogue(project=project, state="announced")
    client = signed_in(staff)

    # session, person, projects, phases, dialogues
    with django_assert_num_queries(5):
        answer = client.get(reverse("staff:home"))

    assert answer.content.decode().count("Plan a dialogue") == number


def test_home_shows_only_my_projects(staff: Person, project: Project) -> None:
    foreign = make_project(title="Fremdes Projekt")
    assign_staff(project=foreign, person=make_staff())

    mine = signed_in(staff).get(reverse("staff:home"))
    all_of_them = signed_in(make_person(is_administrator=True)).get(
        reverse("staff:home")
    )

    assert list(mine.context["projects"]) == [project]
    assert "Draft, only for staff" in mine.content.decode()
    assert set(all_of_them.context["projects"]) == {project, foreign}


def test_home_leaves_out_phases_that_are_over(staff: Person, project: Project) -> None:
    make_phase(project, starts_on=date(2020, 1, 1), ends_on=date(2020, 2, 1))
    coming = make_phase(project)

    answer = signed_in(staff).get(reverse("staff:home"))

    assert answer.context["projects"][0].coming_phases == [coming]


# --- creating and saving ----------------------------------------------------
def test_creating_makes_a_draft_of_its_creator(staff: Person) -> None:
    answer = signed_in(staff).post(
        reverse("staff:project_new"), filled() | phase_row(0)
    )

    project = Project.objects.get()
    assert answer["Location"] == reverse("staff:project_edit", args=[project.slug])
    assert project.slug == "sicher-zur-schule-in-hoerde"
    assert project.is_public is False
    assert list(project.staff.all()) == [staff]
    assert [phase.title for phase in project.phases.all()] == ["Dialog"]


def test_same_title_gets_another_address(staff: Person) -> None:
    client = signed_in(staff)

    client.post(reverse("staff:project_new"), filled())
    client.post(reverse("staff:project_new"), filled())

    assert sorted(Project.objects.values_list("slug", flat=True)) == [
        "sicher-zur-schule-in-hoerde",
        "sicher-zur-schule-in-hoerde-2",
    ]


def test_mistake_keeps_what_was_typed(staff: Person) -> None:
    answer = signed_in(staff).post(
        reverse("staff:project_new"),
        filled(aim="", summary="Sehr eigene Worte.") | phase_row(1, ends_on=""),
    )

    text = answer.content.decode()
    assert answer.status_code == 400
    assert Project.objects.count() == 0
    assert "Sehr eigene Worte." in text
    assert 'value="2027-01-10"' in text
    assert list(answer.context["form"].errors) == ["aim"]
    assert list(answer.context["phases"].errors[1]) == ["ends_on"]


def test_texts_are_stored_clean(staff: Person) -> None:
    signed_in(staff).post(
        reverse("staff:project_new"),
        filled(title="  Sicher \u202ezur  Schule", summary="a\r\n\r\nb\u200b"),
    )

    project = Project.objects.get()
    assert (project.title, project.summary) == ("Sicher zur Schule", "a\n\nb")


def test_invisible_text_is_no_text() -> None:
    form = ProjectForm(filled(aim="\u2060\u200b"), instance=Project())

    assert form.is_valid() is False
    assert list(form.errors) == ["aim"]


def test_discontinued_project_needs_a_reason() -> None:
    without = ProjectForm(filled(status="discontinued"), instance=Project())
    with_reason = ProjectForm(
        filled(status="discontinued", status_reason="Kein Geld."), instance=Project()
    )

    assert list(without.errors) == ["status_reason"]
    assert with_reason.is_valid() is True


def test_saving_changes_adds_and_deletes_phases(
    staff: Person, project: Project
) -> None:
    kept, gone = make_phase(project, title="Bleibt"), make_phase(project, title="Geht")
    rows = (
        phase_row(0, id=str(kept.pk), title="Neu benannt")
        | phase_row(1, id=str(gone.pk), DELETE="on")
        | phase_row(2, title="Dazu")
    )

    answer = signed_in(staff).post(
        reverse("staff:project_edit", args=[project.slug]),
        filled(**{"phases-TOTAL_FORMS": "4", "phases-INITIAL_FORMS": "2"}) | rows,
    )

    assert answer.status_code == 302
    assert set(project.phases.values_list("title", flat=True)) == {
        "Neu benannt",
        "Dazu",
    }
    assert project.phases.get(title="Neu benannt").pk == kept.pk


def test_phase_of_another_project_cannot_be_taken(
    staff: Person, project: Project
) -> None:
    foreign = make_phase(make_project(), title="Fremd")

    signed_in(staff).post(
        reverse("staff:project_edit", args=[project.slug]),
        filled(**{"phases-INITIAL_FORMS": "1"}) | phase_row(0, id=str(foreign.pk)),
    )

    own = project.phases.get()
    foreign.refresh_from_db()
    assert own.pk != foreign.pk
    assert (foreign.title, foreign.project == project) == ("Fremd", False)


def test_phase_cannot_end_before_it_begins(staff: Person, project: Project) -> None:
    answer = signed_in(staff).post(
        reverse("staff:project_edit", args=[project.slug]),
        filled() | phase_row(0, ends_on="2026-12-31"),
    )

    assert answer.status_code == 400
    assert project.phases.count() == 0


def test_taken_address_is_refused(staff: Person, project: Project) -> None:
    make_project(slug="taken")

    answer = signed_in(staff).post(
        reverse("staff:project_edit", args=[project.slug]), filled(slug="taken")
    )

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["slug"]


def test_public_project_keeps_its_address(staff: Person) -> None:
    project = make_project(slug="fixed")
    make_phase(project)
    assign_staff(project=project, person=staff)

    answer = signed_in(staff).post(
        reverse("staff:project_edit", args=["fixed"]),
        filled(slug="moved") | phase_row(0),
    )

    project.refresh_from_db()
    assert answer.status_code == 302
    assert (project.slug, project.title) == ("fixed", "Sicher zur Schule in Hörde")


def test_public_project_keeps_a_phase(staff: Person) -> None:
    project = make_project()
    make_phase(project)
    form = ProjectForm(filled(), instance=project)
    assert form.is_valid()

    with pytest.raises(Refusal) as refused:
        save_project(project=project, facts=form.facts(), phases=[])

    assert refused.value.code == "project.no_phase"
    assert project.phases.count() == 1


def test_verb_refuses_phase_that_ends_before_it_begins(staff: Person) -> None:
    form = ProjectForm(filled(), instance=Project())
    assert form.is_valid()
    phase = PhaseFacts(title="x", starts_on=date(2027, 2, 1), ends_on=date(2027, 1, 1))

    with pytest.raises(Refusal) as refused:
        create_project(person=staff, facts=form.facts(), phases=[phase])

    assert refused.value.code == "phase.ends_before_start"
    assert Project.objects.count() == 0


# --- publishing -------------------------------------------------------------
def test_publishing_without_phase_is_refused(staff: Person, project: Project) -> None:
    answer = signed_in(staff).post(
        reverse("staff:project_publish", args=[project.slug]), follow=True
    )

    project.refresh_from_db()
    assert project.is_public is False
    assert "at least one phase" in answer.content.decode()


def test_publishing_and_drafting_again(staff: Person, project: Project) -> None:
    make_phase(project)
    client = signed_in(staff)

    client.post(reverse("staff:project_publish", args=[project.slug]))
    project.refresh_from_db()
    assert project.is_public is True

    client.post(reverse("staff:project_unpublish", args=[project.slug]))
    project.refresh_from_db()
    assert project.is_public is False


def test_project_with_results_stays_public(staff: Person) -> None:
    project = make_project()
    assign_staff(project=project, person=staff)
    dialogue = make_dialogue(project=project)
    file_result(project=project, stream=dialogue.stream, sheet=empty_sheet())

    signed_in(staff).post(reverse("staff:project_unpublish", args=[project.slug]))

    project.refresh_from_db()
    assert project.is_public is True


def empty_sheet() -> ResultSheet:
    return ResultSheet(
        title="Dialog",
        dialogue="dialog",
        mode="live",
        opened_at=None,
        closed_at=0,
        participants=0,
        moderation={},
        questions=0,
        questions_answered=0,
        comments=0,
        stances=0,
        agenda=(),
        proposals=(),
        ballots=(),
        parked=(),
        ledger_head=0,
        ledger_digest="",
    )


# --- colleagues -------------------------------------------------------------
def test_colleague_is_found_by_address(staff: Person, project: Project) -> None:
    colleague = make_staff(email="robin@stadt.example")

    answer = signed_in(staff).post(
        reverse("staff:project_assign", args=[project.slug]),
        {"colleague-email": "Robin@Stadt.example"},
    )

    assert answer.status_code == 302
    assert set(project.staff.all()) == {staff, colleague}


@pytest.mark.parametrize("email", ["citizen@example.org", "nobody@example.org"])
def test_citizen_and_unknown_get_the_same_answer(
    email: str, staff: Person, project: Project
) -> None:
    make_person(email="citizen@example.org")

    answer = signed_in(staff).post(
        reverse("staff:project_assign", args=[project.slug]),
        {"colleague-email": email},
    )

    assert answer.status_code == 400
    assert answer.context["colleague_form"].errors == {
        "email": ["No member of staff has an account with this address."]
    }
    assert list(project.staff.all()) == [staff]


def test_deactivated_staff_is_not_assigned(project: Project) -> None:
    make_staff(email="gone@stadt.example", is_active=False)

    with pytest.raises(Refusal) as refused:
        assign_colleague(project=project, email="gone@stadt.example")

    assert refused.value.code == "staff.unknown"


def test_last_person_stays(staff: Person, project: Project) -> None:
    with pytest.raises(Refusal) as refused:
        release_colleague(project=project, assignment_pk=project.assignments.get().pk)

    assert refused.value.code == "staff.last"


def test_released_person_is_out(staff: Person, project: Project) -> None:
    other = assign_staff(project=project, person=make_staff())
    mine = project.assignments.get(person=staff)
    client = signed_in(staff)

    answer = client.post(reverse("staff:project_release", args=[project.slug, mine.pk]))
    after = client.get(reverse("staff:project_edit", args=[project.slug]), headers=JSON)

    assert answer["Location"] == reverse("staff:home")
    assert list(project.assignments.all()) == [other]
    assert after.status_code == 404


def test_assignment_of_another_project_cannot_be_released(project: Project) -> None:
    foreign = assign_staff(project=make_project(), person=make_staff())

    with pytest.raises(Refusal) as refused:
        release_colleague(project=project, assignment_pk=foreign.pk)

    assert refused.value.code == "staff.unassigned"
