"""Pictures: announced, uploaded, developed, shown, collected."""
