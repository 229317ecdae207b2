from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("join/", views.join_by_code, name="join_by_code"),
    path("theme/", views.choose_theme, name="theme"),
]
