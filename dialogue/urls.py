from django.urls import path

from dialogue import conference_views, views

app_name = "dialogue"
urlpatterns = [
    path("join/", views.join_dialogue, name="join"),
    path("help/", views.help_at_door, name="help"),
    path("check/", views.check, name="check"),
    path("ping/", views.ping, name="ping"),
    path("conference/", conference_views.join_conference, name="conference"),
    path("rules/", views.rules_and_privacy, name="rules"),
    path("calendar.ics", views.calendar_file, name="calendar"),
]
