"""HTTP of identity."""

from arenapulse.identity.routes import auth, keys, organizations, people

routers = (auth.router, auth.keys_router, people.router, organizations.router, keys.router)

__all__ = ["routers"]
