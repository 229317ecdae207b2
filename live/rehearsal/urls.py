from django.urls import path

from accounts.second_factor import second_factor_required
from live.rehearsal import views

app_name = "rehearsal"
urlpatterns = [
    path("<slug:code>/rehearsal/", views.overview, name="overview"),
    path("<slug:code>/rehearsal/start/", views.start, name="start"),
    path("<slug:code>/rehearsal/stop/", views.stop, name="stop"),
    path("<slug:code>/rehearsal/wipe/", views.wipe, name="wipe"),
]
# Here and not above each view: a new page cannot forget it.
for pattern in urlpatterns:
    pattern.callback = second_factor_required(pattern.callback)
