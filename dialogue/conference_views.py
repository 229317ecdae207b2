"""Where staff plan the conference, and where a person is sent into it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.second_factor import is_satisfied
from dialogue.conference import (
    ConferenceFacts,
    offered_kinds,
    own_table,
    save_conference,
    way_in,
)
from dialogue.models import Conference
from dialogue.planning_queries import access_planning
from dialogue.queries import access_participation, find_dialogue
from projects.forms import TidyTexts
from shared.errors import Refusal, wants_json


class HttpsField(forms.URLField):
    """Who types no scheme means https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "assume_scheme": "https"})


class ConferenceForm(TidyTexts, forms.ModelForm):
    class Meta:
        model = Conference
        fields = ["kind", "link", "is_embedded", "captions_link", "phone", "pin"]
        widgets = {"kind": forms.RadioSelect()}
        field_classes = {"link": HttpsField, "captions_link": HttpsField}
        help_texts = {
            "link": gettext_lazy("Only for “any address”. It begins with https://"),
            "is_embedded": gettext_lazy(
                "Nothing is loaded before a person agrees by a button. The link stays."
            ),
            "captions_link": gettext_lazy("Where what is said can be read along."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = offered_kinds()  # type: ignore[attr-defined]

    def facts(self) -> ConferenceFacts:
        return ConferenceFacts(**self.cleaned_data)


@login_required
def conference(request: HttpRequest, code: str) -> HttpResponse:
    """Plan where the video is, the captions and the phone."""
    dialogue = access_planning(request.user, code)
    planned = Conference.objects.filter(dialogue=dialogue).first()
    form = ConferenceForm(request.POST or None, instance=planned)
    if request.method == "POST" and form.is_valid():
        try:
            save_conference(dialogue=dialogue, facts=form.facts())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("planning:conference", dialogue.code)
    return render(
        request,
        "dialogue/planning_conference.html",
        {"dialogue": dialogue, "form": form},
        status=400 if form.errors else 200,
    )


@require_GET
def join_conference(request: HttpRequest, code: str) -> HttpResponse:
    """Send a person into the video by an address of their own."""
    dialogue = find_dialogue(code)
    participation = access_participation(request.user, dialogue)
    # A moderator's means over there need what they need here.
    moderates = participation.is_moderator and is_satisfied(
        request.user, request.session
    )
    table = own_table(participation) if "table" in request.GET else None
    address = way_in(
        participation=participation,
        dialogue=dialogue,
        moderates=moderates,
        table=table,
    )
    response: HttpResponse = (
        JsonResponse({"address": address})
        if wants_json(request)
        else HttpResponseRedirect(address)
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
