from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path

from accounts import views
from accounts.entrances import as_nobody

app_name = "accounts"
# The entrances have allauth's own addresses, and come before them in urls.py.
urlpatterns = [
    path("second-factor/", views.second_factor, name="second_factor"),
    path("login/", as_nobody(account.login), name="login"),
    path("signup/", as_nobody(account.signup), name="signup"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        as_nobody(account.confirm_email),
        name="confirm_email",
    ),
    path("2fa/authenticate/", as_nobody(mfa.authenticate), name="authenticate"),
    path("2fa/webauthn/login/", as_nobody(webauthn.login_webauthn), name="passkey"),
]
