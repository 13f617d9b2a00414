"""HTTP of outreach."""

from arenapulse.outreach.routes import campaigns, overseeing, wording

routers = (overseeing.router, campaigns.router, wording.router)
sandbox_router = overseeing.sandbox_router
