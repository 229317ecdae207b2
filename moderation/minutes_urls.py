from django.urls import path

from moderation import minutes_views as views
from moderation import report_views

app_name = "minutes"
_result = "projects/<slug:slug>/results/<slug:digest>/"
urlpatterns = [
    path("d/<slug:code>/minutes/", views.minutes, name="minutes"),
    path("d/<slug:code>/minutes/minutes.pdf", views.minutes_file, name="file"),
    path("d/<slug:code>/minutes/remark/", views.remark_add, name="remark_add"),
    path(
        "d/<slug:code>/minutes/remark/<int:pk>/remove/",
        views.remark_remove,
        name="remark_remove",
    ),
    path(
        "d/<slug:code>/minutes/correction/",
        views.correction_ask,
        name="correction_ask",
    ),
    path(
        "d/<slug:code>/minutes/correction/<int:pk>/answer/",
        views.correction_answer,
        name="correction_answer",
    ),
    path("d/<slug:code>/minutes/freeze/", views.freeze, name="freeze"),
    path(
        f"{_result}report/<slug:kind>/<int:number>/",
        report_views.report_filed,
        name="report_filed",
    ),
    path(f"{_result}minutes/", views.public, name="public"),
    path(f"{_result}minutes/minutes.pdf", views.public_file, name="public_file"),
    path(f"{_result}minutes/minutes.json", views.public_json, name="public_json"),
    path(f"{_result}minutes/texts.json", views.public_texts, name="public_texts"),
]
