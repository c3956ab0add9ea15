"""The addresses of members under /api/v1/."""

from rest_framework.routers import SimpleRouter

from accounts import views

router = SimpleRouter()
router.register("members", views.MemberViewSet)

urlpatterns = router.urls
