"""Charts of houses that are not there yet: bowls, arenas and halls, as documents."""
