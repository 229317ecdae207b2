from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("", views.project_list, name="list"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/results/<slug:digest>/", views.result, name="result"),
    path(
        "<slug:slug>/results/<slug:digest>/result.json",
        views.result_json,
        name="result_json",
    ),
    path(
        "<slug:slug>/results/<slug:digest>/texts.json",
        views.result_texts,
        name="result_texts",
    ),
]
