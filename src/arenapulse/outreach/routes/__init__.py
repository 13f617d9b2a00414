"""HTTP of outreach."""

from arenapulse.outreach.routes import campaigns, overseeing, unsubscribing, wording

routers = (overseeing.router, campaigns.router, unsubscribing.router, wording.router)
sandbox_router = overseeing.sandbox_router
