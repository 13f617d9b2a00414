"""HTTP of identity."""

from arenapulse.identity.routes import administration, auth, factors, keys, organizations, people

routers = (
    auth.router,
    auth.keys_router,
    factors.router,
    people.router,
    organizations.router,
    keys.router,
    administration.router,
)

__all__ = ["routers"]
