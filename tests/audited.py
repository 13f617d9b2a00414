"""Which changes the audit log has, by their route, and why it has the others not.

`tests/api/test_rights.py` makes each change that can be made and looks. A route that changes
something and is not here fails.
"""

from __future__ import annotations

from typing import Final

_ORGANIZATION: Final = "/organizations/{organization_id}"
_WORDS: Final = f"{_ORGANIZATION}/message-templates/{{template}}/{{locale}}"
_HOOK: Final = f"{_ORGANIZATION}/webhooks/{{webhook_id}}"

AUDITED: Final = {
    "PUT /admin/flags": "flags.change",
    "POST /admin/jobs/{job_id}/retry": "jobs.retry",
    "PATCH /admin/users/{user_id}": "identity.person_changed",
    "POST /auth/login": "sign_in.done",
    "POST /auth/mfa/verify": "sign_in.done",
    "POST /auth/passkeys/login": "sign_in.done",
    "POST /auth/mfa/recovery-codes": "identity.recovery_codes_made",
    "POST /auth/mfa/totp/confirm": "identity.totp_added",
    "DELETE /auth/mfa/totp": "identity.totp_removed",
    "POST /auth/passkeys/register": "identity.passkey_added",
    "DELETE /auth/passkeys/{passkey_id}": "identity.passkey_removed",
    "POST /auth/password/change": "password.changed",
    "POST /auth/password/reset": "password.reset",
    "DELETE /users/me": "account.erased",
    "PATCH /events/{event_id}": "event.capacity",
    "POST /events/{event_id}/status": "event.status",
    "PUT /events/{event_id}/pricing": "event.pricing",
    "PUT /events/{event_id}/refund-policy": "event.refund_policy",
    "POST /events/{event_id}/promo-codes": "event.promo_made",
    "DELETE /events/{event_id}/promo-codes/{promo_id}": "event.promo_ended",
    "PUT /events/{event_id}/gates/rules": "event.gates",
    "POST /events/{event_id}/gates/devices": "gate_device.made",
    "DELETE /events/{event_id}/gates/devices/{device_id}": "gate_device.ended",
    "POST /events/{event_id}/messages/{campaign_id}/approve": "campaign.sending",
    "POST /events/{event_id}/messages/{campaign_id}/stop": "campaign.stopped",
    "PATCH /events/{event_id}/waiting-room": "waitingroom.rules",
    "POST /events/{event_id}/waiting-room/lanes": "waitingroom.lane",
    "PATCH /events/{event_id}/waiting-room/lanes/{lane}": "waitingroom.lane",
    "POST /orders/{order_id}/refunds": "order.refund",
    "POST /orders/{order_id}/invoice-payment": "order.invoice_paid",
    "POST /orders/{order_id}/messages/{message_id}/resend": "message.resend",
    "POST /organizations": "organization.founded",
    "POST /organizations/invitations/{token}/accept": "member.joined",
    f"PATCH {_ORGANIZATION}": "identity.organization_changed",
    f"POST {_ORGANIZATION}/api-keys": "api_key.made",
    f"DELETE {_ORGANIZATION}/api-keys/{{key_id}}": "api_key.ended",
    f"POST {_ORGANIZATION}/members": "identity.member_invited",
    f"DELETE {_ORGANIZATION}/invitations/{{invitation_id}}": "identity.invitation_ended",
    f"PATCH {_ORGANIZATION}/members/{{user_id}}": "member.role",
    f"DELETE {_ORGANIZATION}/members/{{user_id}}": "member.removed",
    f"PUT {_WORDS}": "message_template.write",
    f"DELETE {_WORDS}": "message_template.bring_back",
    f"PUT {_ORGANIZATION}/payment-settings": "organization.payment_settings",
    f"DELETE {_ORGANIZATION}/suppressions/{{suppression_id}}": "suppression.lift",
    f"POST {_ORGANIZATION}/webhooks": "webhook.made",
    f"PATCH {_HOOK}": "webhook.changed",
    f"DELETE {_HOOK}": "webhook.ended",
}

_OWN_ORDER: Final = "a buyer's own: the order's activity and the ledger have it"
_OWN_TICKET: Final = "a holder's own: the ticket's history has it"
_SESSION: Final = "a session's own row says when it began and ended"
_PICTURE: Final = "a picture: nothing is sold by it"
_HOUSE: Final = "the house, not what is sold in it: charts are versions, and each is kept"
_LOOK: Final = "a look: nothing is changed"
_PERSONAL: Final = "a person's own settings"
QUIET: Final = {
    "POST /analytics/events": "counted, thousands a second",
    "POST /auth/email/resend": "a mail, which is a row",
    "POST /auth/email/verify": "a person's own address, proved",
    "POST /auth/guest": "nobody yet",
    "POST /auth/guest/claim": "the account's own row",
    "POST /auth/logout": _SESSION,
    "POST /auth/logout-all": _SESSION,
    "DELETE /auth/sessions/{session_id}": _SESSION,
    "POST /auth/mfa/totp": "a secret that counts only once it is confirmed",
    "POST /auth/passkeys/login/options": "a question",
    "POST /auth/passkeys/register/options": "a question",
    "PATCH /auth/passkeys/{passkey_id}": _PERSONAL,
    "POST /auth/password/forgot": "a mail, which is a row; what follows is written",
    "POST /auth/refresh": "every few minutes; a reuse is written as refresh.reused",
    "POST /auth/register": "the account's own row",
    "POST /auth/step-up": _SESSION,
    "POST /events": "the event's own row; its prices are written when they change",
    "POST /events/{event_id}/best-available": _LOOK,
    "POST /events/{event_id}/checkins": "each scan is a row with who, where and when",
    "POST /events/{event_id}/checkins/batch": "each scan is a row with who, where and when",
    "POST /events/{event_id}/media": _PICTURE,
    "DELETE /events/{event_id}/media/{media_id}": _PICTURE,
    "POST /events/{event_id}/media/{media_id}/complete": _PICTURE,
    "POST /events/{event_id}/messages": "a draft; who approves it is written",
    "POST /events/{event_id}/queue": "a place in a line, which is a row",
    "POST /events/{event_id}/queue/{token}/leave": "a place in a line, which is a row",
    "POST /gate-devices": "the device's own row says when it was registered",
    "POST /orders": _OWN_ORDER,
    "POST /orders/{order_id}/cancel": _OWN_ORDER,
    "POST /orders/{order_id}/invoices": "an invoice is its own record, numbered without gaps",
    "POST /orders/{order_id}/notes": "a note is its own record",
    "POST /orders/{order_id}/payment": _OWN_ORDER,
    "PUT /orders/{order_id}/promo-code": _OWN_ORDER,
    "DELETE /orders/{order_id}/promo-code": _OWN_ORDER,
    "POST /orders/{order_id}/refund-requests": _OWN_ORDER,
    f"POST {_WORDS}/preview": _LOOK,
    f"POST {_HOOK}/deliveries/{{delivery_id}}/replay": "each attempt is kept with the delivery",
    "POST /sandbox/payments/{order_id}/authenticate": "a twin, which production refuses",
    "POST /tickets/transfers/{token}/accept": _OWN_TICKET,
    "POST /tickets/{ticket_id}/reissue": _OWN_TICKET,
    "POST /tickets/{ticket_id}/transfer": _OWN_TICKET,
    "DELETE /tickets/{ticket_id}/transfer": _OWN_TICKET,
    "PATCH /users/me": _PERSONAL,
    "PUT /users/me/news/{organization_id}": _PERSONAL,
    "PUT /users/me/preferences": _PERSONAL,
    "POST /venues": _HOUSE,
    "PATCH /venues/{venue_id}": _HOUSE,
    "DELETE /venues/{venue_id}": _HOUSE,
    "POST /venues/{venue_id}/charts": _HOUSE,
    "POST /venues/{venue_id}/charts/{chart_id}/use": _HOUSE,
    "POST /venues/{venue_id}/row-lists": _HOUSE,
    "POST /venues/{venue_id}/media": _PICTURE,
    "DELETE /venues/{venue_id}/media/{media_id}": _PICTURE,
    "POST /venues/{venue_id}/media/{media_id}/complete": _PICTURE,
    "POST /webhooks/sendgrid": "a vendor's news, kept once each",
    "POST /webhooks/stripe": "a vendor's news, kept once each",
    "POST /webhooks/twilio": "a vendor's news, kept once each",
    "POST /webhooks/unsubscribe/{token}": _PERSONAL,
}
