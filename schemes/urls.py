"""The addresses of units, schemes and card definitions under /api/v1/."""

from rest_framework.routers import SimpleRouter

from schemes import views

router = SimpleRouter()
router.register("units", views.UnitViewSet)
router.register("schemes", views.SchemeViewSet)
router.register("card-definitions", views.CardDefinitionViewSet)

urlpatterns = router.urls
