"""What is there when the mock starts."""

from tests.integration.plane_mock.people import GUEST, MEMBER
from tests.integration.plane_mock.settings import Seed
from tests.integration.plane_mock.tables import Plane

PROJECT_ID = "256aa4f4-bd52-4ae1-994e-d5ecb32d6df4"
STATE_IDS = {
    "Backlog": "5a983131-2220-4b73-8905-d17682b5406a",
    "Todo": "66db8906-ad0a-4ed9-ba49-44f8cd13ada2",
    "In Progress": "b0be5389-2e98-46c2-9d3f-c8376b220759",
    "Needs Input": "df27260e-567f-45ac-a309-eac980fbb159",
    "In Review": "530936f6-a307-4dfc-8f11-04727080e29f",
    "Blocked": "5c901a79-ccd9-4db6-ad3d-65146e649225",
    "Done": "21a2b6c9-4b43-4da2-8c73-ccdc9f8ede8f",
    "Cancelled": "d54acf9c-4441-4b7e-978c-47b2035b0ac3",
}
_ADDED = (
    ("Needs Input", "#D97706", 40000.0),
    ("In Review", "#6366F1", 41000.0),
    ("Blocked", "#DC2626", 42000.0),
)


def seeded(seed: Seed) -> Plane:
    """Return a Plane with what the seed says in it."""
    plane = Plane()
    if seed is Seed.WORKSPACE:
        return plane
    hanna, bot, _, gina = plane.users
    plane.add_project(
        hanna,
        PROJECT_ID,
        name="Enduro Trails",
        identifier="ET",
        description="Test project",
        module_view=True,
        cycle_view=True,
        intake_view=True,
    )
    plane.members[PROJECT_ID] |= {bot.id: MEMBER, gina.id: GUEST}
    if seed is Seed.NO_STATES:
        for state in plane.states_of(PROJECT_ID):
            del plane.states[state["id"]]
    if seed is Seed.RECORDED:
        for state in plane.states_of(PROJECT_ID):
            del plane.states[state["id"]]
            state["id"] = STATE_IDS[state["name"]]
            plane.states[state["id"]] = state
        for name, color, sequence in _ADDED:
            plane.add_state(
                bot,
                PROJECT_ID,
                STATE_IDS[name],
                name=name,
                color=color,
                group="started",
                sequence=sequence,
                slug=name.lower().replace(" ", "-"),
                external_source="ag",
                external_id=f"state:{name}",
            )
    return plane
