from django.urls import path

from accounts.second_factor import second_factor_required
from qualification import register_views as views

app_name = "register"
urlpatterns = [
    path("", views.register, name="register"),
    path("grant/", views.grant, name="grant"),
    path("<slug:number>/revoke/", views.revoke, name="revoke"),
]
# Here and not above each view: a new page cannot forget it.
for pattern in urlpatterns:
    pattern.callback = second_factor_required(pattern.callback)
