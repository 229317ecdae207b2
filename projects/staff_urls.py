from django.urls import path

from accounts.second_factor import second_factor_required
from projects import staff_views as views

app_name = "staff"
urlpatterns = [
    path("", views.home, name="home"),
    path("projects/new/", views.project_new, name="project_new"),
    path("projects/<slug:slug>/edit/", views.project_edit, name="project_edit"),
    path("projects/<slug:slug>/publish/", views.publish, name="project_publish"),
    path("projects/<slug:slug>/unpublish/", views.unpublish, name="project_unpublish"),
    path("projects/<slug:slug>/colleagues/", views.assign, name="project_assign"),
    path(
        "projects/<slug:slug>/colleagues/<int:assignment_pk>/release/",
        views.release,
        name="project_release",
    ),
]
# Here and not above each view: a new page cannot forget it.
for pattern in urlpatterns:
    pattern.callback = second_factor_required(pattern.callback)
