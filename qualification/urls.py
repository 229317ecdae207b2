from django.urls import path

from accounts.second_factor import second_factor_required
from qualification import views

app_name = "qualification"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("lessons/<slug:key>/", views.lesson, name="lesson"),
    path("certificate/", views.certificate, name="certificate"),
    path("sessions/", second_factor_required(views.sessions), name="sessions"),
    path("verify/", views.verify, name="verify"),
]
