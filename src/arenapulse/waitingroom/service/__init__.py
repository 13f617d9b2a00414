"""What people, organizers and workers do with waiting rooms."""
