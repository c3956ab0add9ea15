"""The API of sweep runs: what was done, how late, what went wrong."""

from django_filters import rest_framework as filters
from rest_framework import mixins

from schemes.filters import MomentFilter
from schemes.views.base import StrictParameters
from transactions.models import SweepRun
from transactions.serializers.rows import SweepRunSerializer


class SweepRunFilter(filters.FilterSet):
    """Which runs."""

    started_from = MomentFilter(field_name="started_at", lookup_expr="gte")

    class Meta:
        model = SweepRun
        fields = ("name",)


class SweepRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictParameters
):
    """Passes of the sweeps. They serve all units, so a unit's own points are not told."""

    queryset = SweepRun.objects.order_by("-id")
    serializer_class = SweepRunSerializer
    filterset_class = SweepRunFilter
    scope_resource = "runs"
    lookup_value_regex = "[0-9]{1,18}"
