"""A file with options on the page of a new ballot: it fills the form, no more."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation
from proposals.models import Ballot
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=y>'


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="vote"), "lead_moderator")


def page_of(who: Participation, method: str) -> str:
    return reverse("live:ballot_draft", args=[who.dialogue.code, method])


def upload(
    who: Participation, text: str, method: str = "single", name: str = "options.csv"
) -> Any:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who.person)
    file = SimpleUploadedFile(name, text.encode())
    return client.post(
        page_of(who, method), {"source-is_sent": "True", "source-file": file}
    )


def sent_on(who: Participation, method: str, response: HttpResponse) -> Ballot:
    """The ballot's form as it came, with what only the moderator can say."""
    form = response.context["form"]  # type: ignore[attr-defined]
    facts = {name: form[name].value() for name in form.fields}
    facts = {name: value for name, value in facts.items() if value}
    client = Client()
    client.force_login(who.person)
    client.post(
        page_of(who, method),
        {"title": "Was?", "budget": 10**12, "quorum": 0, "threshold": 0, **facts},
    )
    return Ballot.objects.get()


def test_form_is_filled_and_nothing_is_written(lead: Participation):
    response = upload(lead, "Title,Text\nBank; 5,Aus Holz\nBaum,\n")

    assert (response.status_code, Ballot.objects.count()) == (200, 0)
    form = response.context["form"]
    assert not form.is_bound
    assert form["options"].value() == "Bank; 5; 0\nBaum"
    assert form["text"].value() == "Bank; 5: Aus Holz"
    page = response.content.decode()
    assert "2 options were read from the file. Nothing is saved yet" in page
    # Each of both forms is guarded for itself.
    assert page.count("csrfmiddlewaretoken") == 2


def test_moderator_sends_on_what_was_read(lead: Participation):
    text = (
        "META\nkey;value\ndescription;Haushalt\nbudget;2500\nPROJECTS\n"
        "project_id;cost;name\n1;600;Bank\n2;800;Baum\nVOTES\nvoter_id;vote\n1;1\n"
    )

    ballot = sent_on(lead, "greedy", upload(lead, text, "greedy", "city.pb"))

    assert (ballot.title, ballot.budget, ballot.state) == ("Haushalt", 2500, "draft")
    assert [(row.title, row.cost) for row in ballot.options.filter(key="")] == [
        ("Bank", 600),
        ("Baum", 800),
    ]
    assert ballot.turnout == 0


def test_largest_ballot_can_be_sent_on(lead: Participation):
    rows = "".join(
        f"{n:03}{'x' * 197},{10**12 - 1 - n},{'t' * 100}\n" for n in range(100)
    )

    response = upload(lead, f"Title,Cost,Text\n{rows}", "greedy")
    ballot = sent_on(lead, "greedy", response)

    assert ballot.options.filter(key="").count() == 100
    assert ballot.options.order_by("position")[0].cost == 10**12 - 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "Title\nBank\nbank\n", "Line 3: The option bank stands there twice."),
        ("a.exe", "Title\nBank\n", "name must end in one of these: .csv, .pb"),
        ("a.csv", "Title,Cost\nBank,1.5\n", "Line 2: The cost is no whole number"),
        ("a.csv", "", "The submitted file is empty."),
    ],
)
def test_refusal_stands_at_the_file(
    lead: Participation, name: str, text: str, said: str
):
    response = upload(lead, text, name=name)

    assert (response.status_code, Ballot.objects.count()) == (422, 0)
    assert set(response.context["file_form"].errors) == {"file"}
    assert not response.context["form"].errors
    assert said in response.context["file_form"].errors["file"][0]
    assert '<details class="fold" open>' in response.content.decode()


def test_without_a_file(lead: Participation):
    client = Client()
    client.force_login(lead.person)

    response = client.post(page_of(lead, "single"), {"source-is_sent": "True"})

    assert response.status_code == 422
    assert set(response.context["file_form"].errors) == {"file"}


@pytest.mark.parametrize(
    "text",
    [
        f'Title,Text\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",{HOSTILE[:25]}\n',
        f"Title,{HOSTILE[:25]}\nBank,x\n",
        f"Title\n{HOSTILE[:25]}\n{HOSTILE[:25]}\n",
    ],
)
def test_hostile_titles_stay_text(lead: Participation, text: str):
    page = upload(lead, text).content.decode()

    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_fixed_choices_take_no_file(lead: Participation):
    response = upload(lead, "Title\nBank\nBaum\n", "yes_no")

    assert response.status_code == 200
    assert "source-file" not in response.content.decode()
    assert not response.context["form"].is_bound


@pytest.mark.parametrize("role", ["participant", "observer", "table_moderator"])
def test_file_is_for_who_may_draft(lead: Participation, role: str):
    other = make_participation(lead.dialogue, role)

    assert upload(other, "Title\nBank\nBaum\n").status_code == 403


def test_form_says_that_votes_are_left(lead: Participation):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(lead.person)

    page = client.get(page_of(lead, "irv")).content.decode()

    assert "Votes in the file are not taken over" in page
    assert 'enctype="multipart/form-data"' in page
