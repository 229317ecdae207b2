from django.urls import path

from live import pages

app_name = "live"
urlpatterns = [
    path("", pages.room, name="room"),
    path("desk/", pages.desk, name="desk"),
    path("projector/", pages.projector, name="projector"),
    path("do/<slug:name>/", pages.do, name="do"),
    path("since/", pages.since, name="since"),
    path("proposals/", pages.proposals, name="proposals"),
    path("proposals/<int:pk>/", pages.proposal, name="proposal"),
    path("proposals/<int:pk>/thread/", pages.thread, name="thread"),
    path("material/<int:pk>/", pages.material, name="material"),
]
