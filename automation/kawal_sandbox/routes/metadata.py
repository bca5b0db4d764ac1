"""Version, health, settings of the instance."""

from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.forge import VERSION

REVISION = "kawal-latihan"


def metadata(_: Ctx) -> Reply:
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return Reply({"version": VERSION, "revision": REVISION, "kas": kas, "enterprise": False})


def version(_: Ctx) -> Reply:
    return Reply({"version": VERSION, "revision": REVISION})


def settings(_: Ctx) -> Reply:
    return Reply(
        {
            "signup_enabled": False,
            "default_branch_protection": 2,
            "deletion_adjourned_period": 30,
            "default_ci_config_path": None,
        }
    )


def health(_: Ctx) -> Reply:
    return Reply({"status": "ok"})


ROUTES = [
    Route("GET", "/metadata", metadata),
    Route("GET", "/version", version),
    Route("GET", "/application/settings", settings, admin=True),
    Route("GET", "!/-/health", health, anonymous=True),
    Route("GET", "!/-/readiness", health, anonymous=True),
]
