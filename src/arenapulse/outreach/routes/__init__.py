"""HTTP of outreach."""

from arenapulse.outreach.routes import campaigns, overseeing

routers = (overseeing.router, campaigns.router)
sandbox_router = overseeing.sandbox_router
