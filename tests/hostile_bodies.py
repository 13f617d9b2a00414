"""Bodies that would be right, for the rules of `tests/hostile.py`; in braces the stage's ids."""

from __future__ import annotations

LINE = {
    "sectionId": "{section_id}",
    "quantity": 2,
    "priceLevel": "STANDARD",
}
SECTION = {"name": "Curve", "kind": "GENERAL", "capacity": 100}
TIER = {
    "priceLevel": "STANDARD",
    "name": "Standard",
    "sectionIds": ["{section_id}"],
    "amount": 4500,
    "fee": 150,
    "currency": "EUR",
}
VENUE = {
    "organizationId": "{organization_id}",
    "name": "Ground",
    "location": {
        "lat": 52.5,
        "lng": 13.4,
        "address": "Way 1",
        "city": "Berlin",
        "country": "DE",
        "timezone": "Europe/Berlin",
    },
    "sections": [SECTION],
    "amenities": ["parking"],
}
CHART = {"version": 1, "sections": [SECTION]}
EVENT = {
    "organizationId": "{organization_id}",
    "venueId": "{venue_id}",
    "name": "Match",
    "startTime": "2035-03-14T19:45:00Z",
    "endTime": "2035-03-14T22:00:00Z",
    "pricingTiers": [TIER],
    "taxRate": 2000,
}
PREFERENCES = {
    "locale": "en-GB",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "notifications": {"email": True, "sms": False, "push": False},
}
REGISTRATION = {"email": "new@fans.test", "password": "correct horse 9", "fullName": "New Fan"}
PROMO = {"code": "NORTH10", "kind": "PERCENT", "value": 10}
MEMBER = {"email": "new@fans.test", "role": "STAFF"}
CARD = {"type": "card", "token": "pm_card_visa"}
REFRESH = {"refreshToken": "not-a-token"}
ORDER = {"eventId": "{event_id}", "tickets": [LINE], "paymentMethod": CARD}
