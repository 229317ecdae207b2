from django.urls import path

from moderation import public_views as views

app_name = "transparency"
urlpatterns = [
    path("", views.city_log, name="log"),
    path("rules/", views.rules_page, name="rules"),
    path("report/<int:year>/", views.year_report, name="report"),
    path("report/<int:year>.csv", views.year_report_csv, name="report_csv"),
    path("report/<int:year>.json", views.year_report_json, name="report_json"),
]
