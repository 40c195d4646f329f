"""How property tests are run here: they may be slow on a busy machine, never wrong."""

from hypothesis import HealthCheck, Phase, settings

patient = settings(
    deadline=None,
    print_blob=True,
    phases=set(Phase) - {Phase.explain},  # it traces every line, which takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
