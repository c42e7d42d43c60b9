#!/usr/bin/env python3
"""Writes variants.json: agile encryption with parameters other than those of
current Excel, made with hashlib and python3-cryptography from the text of
[MS-OFFCRYPTO] 2.3.4.10 to 2.3.4.15, and without a line of the Go package. The
secrets are constants, so that the file is always the same."""
import base64, hashlib, hmac, json, struct
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PASSWORD = "Grönå-2026!"
PLAIN = bytes(i * 7 % 251 for i in range(4103))  # two segments, and not whole blocks


def b64(b):
    return base64.b64encode(b).decode()


def fit(b, n):
    return (b + b"\x36" * n)[:n]


def pad(b):
    return b + bytes(-len(b) % 16)


def cbc(key, iv, b):
    e = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return e.update(pad(b)) + e.finalize()


def variant(name, bits, spins):
    def h(*parts):
        return hashlib.new(name, b"".join(parts)).digest()

    def secret(what, n):
        return hashlib.shake_128(f"{name} {bits} {what}".encode()).digest(n)

    size, key_size = len(h(b"")), bits // 8
    key_salt, salt, verifier = secret("data", 16), secret("password", 16), secret("verifier", 16)
    data_key, mac_key = secret("key", key_size), secret("mac", size)

    spun = h(salt, PASSWORD.encode("utf-16-le"))
    for i in range(spins):
        spun = h(struct.pack("<I", i), spun)

    def wrap(purpose, b):
        return cbc(fit(h(spun, bytes.fromhex(purpose)), key_size), salt, b)

    package = struct.pack("<Q", len(PLAIN))
    for i in range(0, len(PLAIN), 4096):
        package += cbc(data_key, fit(h(key_salt, struct.pack("<I", i // 4096)), 16), PLAIN[i : i + 4096])
    mac = hmac.new(mac_key, package, name).digest()
    parameters = (
        f'saltSize="16" blockSize="16" keyBits="{bits}" hashSize="{size}" cipherAlgorithm="AES"'
        f' cipherChaining="ChainingModeCBC" hashAlgorithm="{name.upper()}"'
    )
    at = "http://schemas.microsoft.com/office/2006/"
    info = (
        struct.pack("<HHI", 4, 4, 0x40)
        + (
            f'<encryption xmlns="{at}encryption" xmlns:p="{at}keyEncryptor/password">'
            f'<keyData {parameters} saltValue="{b64(key_salt)}"/>'
            f'<dataIntegrity encryptedHmacKey="{b64(cbc(data_key, fit(h(key_salt, bytes.fromhex("5fb2ad010cb9e1f6")), 16), mac_key))}"'
            f' encryptedHmacValue="{b64(cbc(data_key, fit(h(key_salt, bytes.fromhex("a0677f02b22c8433")), 16), mac))}"/>'
            f'<keyEncryptors><keyEncryptor uri="{at}keyEncryptor/password">'
            f'<p:encryptedKey spinCount="{spins}" {parameters} saltValue="{b64(salt)}"'
            f' encryptedVerifierHashInput="{b64(wrap("fea7d2763b4b9e79", verifier))}"'
            f' encryptedVerifierHashValue="{b64(wrap("d7aa0f6d3061344e", h(verifier)))}"'
            f' encryptedKeyValue="{b64(wrap("146e0be7abacd0d6", data_key))}"/>'
            f"</keyEncryptor></keyEncryptors></encryption>"
        ).encode()
    )
    return {"name": f"AES-{bits}, {name}, {spins} rounds", "info": b64(info), "package": b64(package)}


if __name__ == "__main__":
    cases = [("sha1", 128, 1000), ("sha256", 128, 1), ("sha256", 192, 0), ("sha384", 256, 1000), ("sha512", 256, 1000)]
    print(json.dumps([variant(*c) for c in cases], indent=1))
