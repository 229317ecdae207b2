from django.urls import path

from portal import demo_views

app_name = "demo"
urlpatterns = [path("<slug:who>/", demo_views.enter, name="enter")]
