"""All that `camera_config.yaml` says."""

from collections.abc import Sequence
from functools import cached_property
from math import ceil

from pydantic import (
    Field,
)

from town.noun import Noun
from town.places import Camera, Cleaner, Grid, Town, Zone, ZoneKind
from town.recipients import NoticeSettings
from town.rule_settings import Permit, RuleSettings
from town.settings import (
    ConsoleOrOff,
    ConsoleSettings,
    DispatchSettings,
    EmbeddedBroker,
    LimiterSettings,
    LookLimits,
    ModelSettings,
    Mqtt,
    OrderLimit,
    RuleLimit,
    StorageSettings,
)


class Township(Noun):
    """A whole `camera_config.yaml`, right in itself: every name that is used is defined once."""

    town: Town
    grids: tuple[Grid, ...] = Field(min_length=1)
    cleaners: tuple[Cleaner, ...] = ()
    cameras: tuple[Camera, ...] = Field(min_length=1)
    rules: tuple[RuleSettings, ...]
    permits: tuple[Permit, ...] = ()
    looks: LookLimits = LookLimits()
    dispatch: DispatchSettings = DispatchSettings()
    limiter: LimiterSettings = LimiterSettings()
    notices: NoticeSettings = NoticeSettings()
    model: ModelSettings = ModelSettings()
    mqtt: Mqtt = EmbeddedBroker(broker="embedded")
    storage: StorageSettings = StorageSettings()
    console: ConsoleOrOff = ConsoleSettings()

    @cached_property
    def camera_by_id(self) -> dict[str, Camera]:
        return {camera.id: camera for camera in self.cameras}

    @cached_property
    def cleaner_by_id(self) -> dict[str, Cleaner]:
        return {cleaner.id: cleaner for cleaner in self.cleaners}

    @cached_property
    def rule_by_id(self) -> dict[str, RuleSettings]:
        return {rule.id: rule for rule in self.rules}

    def grid_name(self, grid_id: str) -> str:
        """Its id where the file no longer knows it."""
        return next((grid.name for grid in self.grids if grid.id == grid_id), grid_id)

    def zone_at(self, camera_id: str, zone_id: str) -> Zone | None:
        """None where the file no longer knows it."""
        camera = self.camera_by_id.get(camera_id)
        return next((zone for zone in camera.zones if zone.id == zone_id), None) if camera else None

    def permits_for(self, camera_id: str, zone_id: str) -> tuple[Permit, ...]:
        return self._permits_by_zone.get(f"{camera_id}/{zone_id}", ()) if self.permits else ()

    @cached_property
    def _permits_by_zone(self) -> dict[str, tuple[Permit, ...]]:
        return {zone: tuple(permit for permit in self.permits if permit.zone == zone) for zone in {one.zone for one in self.permits}}

    def with_rules_of(self, other: "Township") -> "Township":
        """This township under the rules and permits of another."""
        return self.model_copy(update={"rules": other.rules, "permits": other.permits})

    def rules_for(self, zone: Zone) -> tuple[RuleSettings, ...]:
        return self._rules_by_kind[zone.kind]

    @cached_property
    def _rules_by_kind(self) -> dict[ZoneKind, tuple[RuleSettings, ...]]:
        return {kind: tuple(rule for rule in self.rules if rule.enabled and kind in rule.zones) for kind in ZoneKind}

    def limit_of(self, rule_id: str) -> OrderLimit:
        """What the limiter lets a rule open."""
        everybody, own = self.limiter, self.limiter.rules.get(rule_id, RuleLimit())
        orders = own.orders or everybody.orders or max(20, ceil(len(self.cameras) / 10))
        return OrderLimit(orders, own.within or everybody.within)

    def with_rules(self, rules: Sequence[RuleSettings]) -> "Township":
        """The same township under other rules, as strictly checked as one from a file. Raises ValidationError."""
        return Township.model_validate({**{name: getattr(self, name) for name in type(self).model_fields}, "rules": rules})
