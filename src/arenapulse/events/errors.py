"""What events refuse."""

from __future__ import annotations

from arenapulse.core.errors import Refusal, StandsInTheWay


class EventNotFound(Refusal):
    code, status, message = "EVENT001", 404, "There is no such event."


class NoSeason(Refusal):
    code, status, message = "NOTFOUND001", 404, "There is no season ticket of this series."


class SeasonClosed(Refusal):
    code, status, message = "EVENT003", 409, "Season tickets are not on sale now."


class PromoNotFound(Refusal):
    code, status, message = "NOTFOUND001", 404, "There is no such promo code."


class PromoNameTaken(StandsInTheWay):
    message = "Another promo code of this event has that name."


class MoveForbidden(Refusal):
    code, status, message = "EVENT004", 409, "The event's status does not allow this move."


class HasSales(StandsInTheWay):
    message = "Places of the event are held or sold: its venue and currency stay."


class NotAsManySeats(Refusal):
    code, status, message = "EVENT002", 409, "There are not as many places left."
