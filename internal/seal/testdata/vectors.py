#!/usr/bin/env python3
"""Prints vectors.json: a second implementation of what package seal derives and
encodes, on nothing but Python's standard library. Run: python3 vectors.py"""

import base64
import hashlib
import hmac
import json

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")


def polymod(values):
    check = 1
    for v in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            check ^= g if top >> i & 1 else 0
    return check


def bech32(prefix, data):
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 5)
    v = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + v + [0] * 6) ^ 1
    v += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(BECH32[x] for x in v)


def hkdf32(secret, info):
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def derive(secret, kind, unit, record):
    info = b"medlem/v1/" + kind.encode() + b"\0" + unit.encode() + b"\0" + record.encode()
    return bech32("mrk", hkdf32(secret, info))


def view(secret):
    check = hashlib.sha256(b"medlem/v1/view\0" + secret).digest()
    text = base64.b32encode(secret + bytes([check[0], check[1] & 0xF0])).decode()[:28].translate(CROCKFORD)
    return "-".join(text[i : i + 4] for i in range(0, 28, 4))


def page(secret):
    name = base64.b32encode(hkdf32(secret, b"medlem/v1/page")[:16]).decode().rstrip("=").lower()
    return f"me/{name[:2]}/{name}.age"


def fill(text, least):
    size = least
    while size < len(text):
        size *= 2
    return text.ljust(size, b"\n")


def pad(text, least):
    size = least
    while size < len(text) + 2:
        size *= 2
    return text + b"#" * (size - len(text) - 1) + b"\n"


key = bytes(range(32))
unit, record = "akershus", "m4k7aaaaaaaaa"
view_secret = bytes(range(100, 116))
plaintext = open("record.yaml", "rb").read()
html = open("page.html", "rb").read()
keyring = open("keyring.yaml", "rb").read()
kinds = ["record", "request", "evidence", "activity"]
print(
    json.dumps(
        {
            "key": {"bytes": key.hex(), "text": bech32("mrk", key)},
            "derive": [{"kind": k, "unit": unit, "id": record, "key": derive(key, k, unit, record)} for k in kinds],
            "view": {
                "bytes": view_secret.hex(),
                "text": view(view_secret),
                "request": derive(view_secret, "request", unit, record),
            },
            "page": {"name": page(view_secret), "bytes": len(html), "padded": hashlib.sha256(fill(html, 8192)).hexdigest()},
            "record": {"bytes": len(plaintext), "padded": hashlib.sha256(pad(plaintext, 1024)).hexdigest()},
            "keyring": {
                "sha256": hashlib.sha256(keyring).hexdigest(),
                "padded": hashlib.sha256(pad(keyring, 4096)).hexdigest(),
            },
            "signing": {"bytes": key.hex(), "text": bech32("mss", key)},
        },
        indent=2,
    )
)
