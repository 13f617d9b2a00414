"""HTTP of identity."""

from arenapulse.identity.routes import auth, factors, keys, organizations, people

routers = (
    auth.router,
    factors.router,
    auth.keys_router,
    people.router,
    organizations.router,
    keys.router,
)

__all__ = ["routers"]
