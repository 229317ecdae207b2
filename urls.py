"""Addresses. Each app lists its own."""

from django.urls import include, path

urlpatterns = [
    path("demo/", include("portal.demo_urls")),
    path("", include("portal.urls")),
    path("projects/", include("projects.urls")),
    path("learn/", include("qualification.urls")),
    path("d/<slug:code>/", include("dialogue.urls")),
    path("d/<slug:code>/", include("live.urls")),
    path("d/<slug:code>/", include("moderation.urls")),
    path("moderation/", include("moderation.city_urls")),
    path("", include("moderation.minutes_urls")),
    path("staff/dialogues/", include("dialogue.planning_urls")),
    path("", include("proposals.recount_urls")),
    path("staff/dialogues/", include("proposals.urls")),
    path("staff/qualification/", include("qualification.register_urls")),
    path("staff/dialogues/", include("live.rehearsal.urls")),
    path("staff/", include("projects.staff_urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
