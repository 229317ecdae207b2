from django.urls import path

from live import (
    ballot_pages,
    channel_pages,
    pages,
    people_pages,
    table_pages,
    wall_pages,
    weight_pages,
)

app_name = "live"
urlpatterns = [
    path("", pages.room, name="room"),
    path("desk/", pages.desk, name="desk"),
    path("desk/synthesis/", wall_pages.synthesis, name="synthesis"),
    path("desk/ballots/", ballot_pages.methods, name="ballot_methods"),
    path("desk/ballots/new/<slug:method>/", ballot_pages.draft, name="ballot_draft"),
    path("desk/ballots/<int:pk>/", ballot_pages.change, name="ballot_change"),
    path("desk/ballots/<int:pk>/count/", channel_pages.hand_count, name="hand_count"),
    path("desk/people/", people_pages.people, name="people"),
    path("desk/people/<int:pk>/", people_pages.person, name="person"),
    path("desk/people/<int:pk>/forms/", people_pages.person_forms, name="person_forms"),
    path("desk/weights/", weight_pages.weights, name="weights"),
    path("desk/tickets/", channel_pages.tickets, name="tickets"),
    path("desk/tickets/print/", channel_pages.tickets_print, name="tickets_print"),
    path("ticket/", channel_pages.ticket, name="ticket"),
    path("projector/", pages.projector, name="projector"),
    path("questions/", wall_pages.questions, name="questions"),
    path("do/<slug:name>/", pages.do, name="do"),
    path("since/", pages.since, name="since"),
    path("proposals/", pages.proposals, name="proposals"),
    path("proposals/<int:pk>/", pages.proposal, name="proposal"),
    path("proposals/<int:pk>/thread/", pages.thread, name="thread"),
    path("table/", table_pages.my_table, name="my_table"),
    path("table/<int:pk>/", table_pages.table, name="table"),
    path("table/<int:pk>/findings/", table_pages.table_notes, name="table_notes"),
    path("material/<int:pk>/", pages.material, name="material"),
]
