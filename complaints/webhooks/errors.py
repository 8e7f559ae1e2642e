"""Refusals about webhooks, as sentences that say what to do."""

from __future__ import annotations

from typing import Any

from complaints import texts


class WebhookRefused(Exception):
    """A refusal; its sentence is the text `webhooks.refused.<code>`. No parameter ever carries a secret or an address.

    | code | when |
    |---|---|
    | `webhook-address` | the address is none, or has a part that it must not have: a user, a fragment, blanks |
    | `webhook-scheme` | the address does not begin with https |
    | `webhook-not-public` | the address is a number that does not belong to the public internet |
    | `webhook-kinds` | no kind of event was named, or one that does not exist |
    | `webhook-token` | there is no such token, it has ended, or it may not read |
    | `webhook-unknown` | there is no webhook of this id, or it is another token's |
    | `webhook-many` | the token has as many webhooks as it may have |
    | `webhook-key` | another key than the one of this process is in use for the webhooks that are there |
    | `delivery-unknown` | there is no delivery of this id, or it is another token's |
    | `delivery-pending` | the delivery is still being sent |
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str) -> str:
        """The sentence in `lang` ("zh" or "en"): what is wrong, and what to do about it."""
        return texts.say(f"webhooks.refused.{self.code}", lang, **self.params)
