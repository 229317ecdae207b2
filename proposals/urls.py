from django.urls import path

from accounts.second_factor import second_factor_required
from proposals import views

app_name = "holding"
urlpatterns = [
    path("<slug:code>/holding/", views.edit, name="edit"),
    path("<slug:code>/holding/rule/", views.save_rule, name="save_rule"),
    path("<slug:code>/holding/words/", views.save_words, name="save_words"),
    path("<slug:code>/polis.zip", views.polis_export, name="polis_export"),
]
# Here and not above each view: a new page cannot forget it.
for pattern in urlpatterns:
    pattern.callback = second_factor_required(pattern.callback)
