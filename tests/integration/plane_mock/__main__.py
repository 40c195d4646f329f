"""`python -m tests.integration.plane_mock`: the mock as a program, set up by PLANE_MOCK_…"""

import uvicorn

from tests.integration.plane_mock.app import create_app
from tests.integration.plane_mock.settings import settings_from


def main() -> None:
    """Serve until told to stop."""
    settings = settings_from()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
