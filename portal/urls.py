from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("join/", views.join_by_code, name="join_by_code"),
    path("theme/", views.choose_theme, name="theme"),
    path("me/", views.my_data, name="my_data"),
    path("me/export.json", views.export_data, name="export_data"),
    path("me/erase/", views.erase_me, name="erase_me"),
    path("imprint/", views.imprint, name="imprint"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
