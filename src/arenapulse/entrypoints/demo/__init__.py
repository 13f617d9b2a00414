"""The demo data: invented places, clubs and artists."""
