"""``path("alisms/", include("django_alisms.urls"))``: where Alibaba Cloud pushes receipts and replies to."""

from django.urls import path

from . import views

app_name = "alisms"

urlpatterns = [
    path("receipts/<str:token>/", views.receipts, name="receipts"),
    path("replies/<str:token>/", views.replies, name="replies"),
]
