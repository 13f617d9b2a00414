"""HTTP of identity."""

from arenapulse.identity.routes.auth import keys_router
from arenapulse.identity.routes.auth import router as auth_router

routers = (auth_router, keys_router)

__all__ = ["routers"]
