"""HTTP of identity."""

from arenapulse.identity.routes import auth, organizations, people

routers = (auth.router, auth.keys_router, people.router, organizations.router)

__all__ = ["routers"]
