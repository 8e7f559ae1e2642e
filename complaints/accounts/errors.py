"""Refusals about accounts, passwords and tokens, as sentences that say what to do."""

from __future__ import annotations

from typing import Any

from complaints import texts


class AccountRefused(Exception):
    """A refusal; its sentence is the text `accounts.refused.<code>`. No parameter ever carries a password or a token.

    | code | when |
    |---|---|
    | `sign-in-failed` | no account of this name has this password; also for accounts that may not sign in |
    | `sign-in-wait` | too many failures: `seconds` until the next attempt is taken |
    | `sign-in-locked` | so many failures in a row that the account is locked for `minutes` |
    | `password-short`, `password-long` | a new password has fewer, or more characters than allowed |
    | `password-easy` | too little of a new password is left without names, usual words and rows of keys |
    | `password-same` | the new password is the old one |
    | `password-wrong` | the present password was not given right |
    | `password-twice` | the two entries of a new password differ |
    | `account-unknown` | there is no account of this name |
    | `person-unknown` | there is neither an account nor a person of this name |
    | `account-exists` | there is one already |
    | `account-id` | the name of an account has a form that is not allowed |
    | `not-in-directory` | an account for a person whom the directory does not have |
    | `in-directory` | an administrator's account has the id of a person of the directory |
    | `token-unknown` | there is no token of this id |
    | `token-revoked` | the token was revoked before |
    | `token-name`, `token-scopes`, `token-days` | a token without a name or scopes, or for longer than allowed |
    | `scope-unknown` | a scope that does not exist |
    | `code-unknown` | no device waits with this code, or not any more |
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str) -> str:
        """The sentence in `lang` ("zh" or "en"): what is wrong, and what to do about it."""
        return texts.say(f"accounts.refused.{self.code}", lang, **self.params)
