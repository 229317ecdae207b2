from django.urls import path

from accounts.second_factor import second_factor_required
from dialogue import conference_views, qualified_views, rehearsal_views
from dialogue import planning_agenda_views as agenda
from dialogue import planning_views as views

app_name = "planning"
urlpatterns = [
    path("new/<slug:project_slug>/", views.dialogue_new, name="dialogue_new"),
    path("<slug:code>/", views.overview, name="overview"),
    path("<slug:code>/basics/", views.basics, name="basics"),
    path("<slug:code>/conference/", conference_views.conference, name="conference"),
    path("<slug:code>/announce/", views.announce, name="announce"),
    path("<slug:code>/check/", rehearsal_views.golive, name="golive"),
    path("<slug:code>/poster/", views.poster, name="poster"),
    path("<slug:code>/people/", views.people, name="people"),
    path("<slug:code>/people/role/", views.role_assign, name="role_assign"),
    path(
        "<slug:code>/people/exception/",
        qualified_views.exception_grant,
        name="exception_grant",
    ),
    path(
        "<slug:code>/people/<int:participation_pk>/exception/withdraw/",
        qualified_views.exception_withdraw,
        name="exception_withdraw",
    ),
    path("<slug:code>/people/invite/", views.invite, name="invite"),
    path(
        "<slug:code>/people/<int:invitation_pk>/withdraw/",
        views.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("<slug:code>/agenda/", agenda.agenda, name="agenda"),
    path("<slug:code>/agenda/fill/", agenda.fill, name="agenda_fill"),
    path("<slug:code>/agenda/new/", agenda.item_new, name="item_new"),
    path("<slug:code>/agenda/<int:item_pk>/", agenda.item_edit, name="item_edit"),
    path("<slug:code>/agenda/<int:item_pk>/move/", agenda.item_move, name="item_move"),
    path(
        "<slug:code>/agenda/<int:item_pk>/delete/",
        agenda.item_delete,
        name="item_delete",
    ),
    path(
        "<slug:code>/agenda/<int:item_pk>/materials/",
        agenda.material_add,
        name="material_add",
    ),
    path(
        "<slug:code>/agenda/<int:item_pk>/materials/<int:material_pk>/",
        agenda.material_file,
        name="material_file",
    ),
    path(
        "<slug:code>/agenda/<int:item_pk>/materials/<int:material_pk>/remove/",
        agenda.material_remove,
        name="material_remove",
    ),
]
# Here and not above each view: a new page cannot forget it.
for pattern in urlpatterns:
    pattern.callback = second_factor_required(pattern.callback)
