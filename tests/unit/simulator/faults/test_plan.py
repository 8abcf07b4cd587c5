"""What goes wrong in a run is drawn from its seed alone."""

from simulator.faults.plan import FOCI, KILLS, Broker, Kind, Step, plan_of


def test_a_seed_always_gives_the_same_plan() -> None:
    assert plan_of(4711) == plan_of(4711)
    assert len({plan_of(seed).faults for seed in range(100)}) == 100


def test_a_seed_on_another_broker_is_the_same_otherwise() -> None:
    drawn = plan_of(3)
    others = [plan_of(3, broker) for broker in Broker]

    assert drawn in others
    assert len({(plan.faults, plan.problems, plan.natures) for plan in others}) == 1


def test_as_many_seeds_in_a_row_as_there_are_foci_try_every_kind_and_a_kill_at_every_step() -> None:
    tried = {(fault.kind, fault.step) for seed in range(1000, 1000 + len(FOCI)) for fault in plan_of(seed).faults}

    assert tried >= {(kind, step) for kind in KILLS for step in Step}
    assert {kind for kind, _ in tried} == set(Kind)


def test_a_life_of_the_service_ends_once() -> None:
    for seed in range(300):
        lives = [fault.life for fault in plan_of(seed).of(Kind.KILL_SERVICE)]
        assert len(lives) == len(set(lives))


def test_a_plan_says_what_it_does() -> None:
    said = str(plan_of(0))

    assert said.startswith("seed 0 on ")
    assert "kill_service in life 0 at the " in said
