from django.urls import path

from proposals import recount_views as views
from proposals.method_guide import methods

app_name = "recount"
urlpatterns = [
    path("methods/", methods, name="methods"),
    path("recount/", views.page, name="page"),
    path("d/<slug:code>/ballots/<int:ballot_pk>/", views.ballot, name="ballot"),
    path(
        "d/<slug:code>/ballots/<int:ballot_pk>/receipt/", views.receipt, name="receipt"
    ),
    path(
        "d/<slug:code>/ballots/<int:ballot_pk>/<str:what>",
        views.ballot_download,
        name="ballot_file",
    ),
    path(
        "projects/<slug:slug>/results/<slug:digest>/ballots/<int:ballot_number>/",
        views.filed,
        name="filed",
    ),
    path(
        "projects/<slug:slug>/results/<slug:digest>/ballots/<int:ballot_number>/"
        "<str:what>",
        views.filed_download,
        name="filed_file",
    ),
]
