"""The key pair that signs, and how it is kept out of sight."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """An AccessKey pair of a RAM user, or a temporary triple from the Security Token Service.

    An empty token is no token. Raises ValueError, in a sentence that repeats nothing, when the id or the
    secret is missing or a part holds a blank at its ends, a line break or a character outside ASCII: what
    was pasted wrongly is refused here in words, instead of by the service as a wrong signature.
    """

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None

    def __post_init__(self) -> None:
        if not self.access_key_id:
            raise ValueError("The AccessKey id is missing.")
        if not self.access_key_secret:
            raise ValueError("The AccessKey secret is missing.")
        for name, text in (
            ("AccessKey id", self.access_key_id),
            ("AccessKey secret", self.access_key_secret),
            ("security token", self.security_token or ""),
        ):
            if not text.isascii() or not text.isprintable() or text != text.strip():
                raise ValueError(
                    f"The {name} begins or ends with a blank, or holds a character that none has."
                )

    def __repr__(self) -> str:
        kind = "temporary" if self.security_token else "pair"
        return f"<Credentials {kind} {self.access_key_id[:4]}****>"
