#!/usr/bin/env python3
"""Prints tokens.yaml: a second implementation of the tokens of one person, from
her fields as they are normalised for tokens. Run: python3 tokens.py"""

import base64
import hmac

secret = bytes(range(32))
names = sorted(["as", "kval"])  # Åse Kvåle, folded and by sound
fields = [
    ("b", names + ["1961-03-07"]),
    ("b", names + ["1961-07-03"]),  # day and month the other way round
    ("m", names + ["aase@example.org"]),
    ("n", names + ["+4740000001"]),
    ("z", names + ["1384"]),
    ("e", ["aase@example.org"]),
    ("g", ["as", "+4740000001"]),
]


def token(kind, parts):
    text = b"medlem/duplicate/v1\0" + kind.encode()
    for part in parts:
        text += len(part.encode()).to_bytes(4, "big") + part.encode()
    bits = hmac.digest(secret, text, "sha256")[:10]
    return kind + "1" + base64.b32encode(bits).decode().lower()


print("unit: akershus\nserial: 42\nsecret: " + secret.hex())
print("token bqaaaaaaaaaaa: -")
print("token m4k7aaaaaaaaa: " + " ".join(sorted(token(k, p) for k, p in fields)))
