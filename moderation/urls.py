from django.urls import path

from moderation import public_views, report_views, views

app_name = "moderation"
urlpatterns = [
    path("report/<slug:kind>/<int:pk>/", views.report, name="report"),
    path("report/<slug:receipt>/", views.receipt, name="receipt"),
    path("reports/", report_views.reports, name="reports"),
    path("decisions/<int:pk>/", views.decision, name="decision"),
    path("appeals/", views.appeals, name="appeals"),
    path("moderation/", public_views.dialogue_log, name="log"),
]
