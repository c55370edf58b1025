"""Personal data made up at random by its definitions, to be planted and found again; check digits done slowly.

Sources: Luhn 1954 (ISO/IEC 7812), ISO 13616 with ISO/IEC 7064 (IBAN), ITU-T E.164, RFC 791, RFC 5322, RFC 6890.
"""

import string
from collections.abc import Callable
from random import Random


def _some(rng: Random, letters: str, count: int) -> str:
    return "".join(rng.choice(letters) for _ in range(count))


def luhn(rng: Random) -> str:
    """A card number: the sum of its digits, every second one from the right doubled, ends in 0."""
    body = "4" + _some(rng, string.digits, 13) + "37"[rng.random() < 0.5]
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(body))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return body + str(-total % 10)


def iban(rng: Random) -> str:
    """A German IBAN: the number with country and check digits behind it, letters as 10 to 35, is 1 modulo 97."""
    account = _some(rng, string.digits, 18)
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def email(rng: Random) -> str:
    name = _some(rng, string.ascii_lowercase + string.digits, 8)
    return f"{name}.{_some(rng, string.ascii_lowercase, 3)}@{_some(rng, string.ascii_lowercase, 6)}.org"


def ip(rng: Random) -> str:
    return f"93.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"


def private_ip(rng: Random) -> str:
    return f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"


def phone(rng: Random) -> str:
    return f"+49 {rng.randrange(151, 180)} {rng.randrange(10**6, 10**7)}1"


def secret(rng: Random) -> str:
    return "ghp_" + _some(rng, string.ascii_letters, 30) + "A1" + _some(rng, string.digits, 4)


def url(rng: Random) -> str:
    return f"https://{_some(rng, string.ascii_lowercase, 9)}.net/{_some(rng, string.ascii_lowercase, 5)}?q=1"


PLANTED: dict[str, Callable[[Random], str]] = {
    "card": luhn,
    "iban": iban,
    "email": email,
    "ip": ip,
    "private_ip": private_ip,
    "phone": phone,
    "secret": secret,
    "url": url,
}
