#!/usr/bin/env python3
"""Makes the grant's vectors: its file, what is signed about it, and the
signatures. A second implementation of docs/format.md on nothing but Python's
standard library; the signatures are stock ssh-keygen's. Run in an empty folder:
python3 vectors.py"""

import base64
import hashlib
import struct
import subprocess

# The ed25519 seeds, and the public keys that belong to them.
KEYS = {
    "appointee": (bytes(range(0x00, 0x20)), "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"),
    "branch": (bytes(range(0x20, 0x40)), "29acbae141bccaf0b22e1a94d34d0bc7361e526d0bfe12c89794bc9322966dd7"),
}


def string(b):
    return struct.pack(">I", len(b)) + b


def wire(name):
    return string(b"ssh-ed25519") + string(bytes.fromhex(KEYS[name][1]))


def handle(name):
    return "o-" + base64.b32encode(hashlib.sha256(wire(name)).digest())[:10].decode().lower()


def private_key(name):
    seed, public = KEYS[name]
    pair = string(b"ssh-ed25519") + string(bytes.fromhex(public)) + string(seed + bytes.fromhex(public)) + string(b"")
    inside = bytes(8) + pair
    inside += bytes(range(1, 1 + -len(inside) % 8))
    raw = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + struct.pack(">I", 1) + string(wire(name)) + string(inside)
    text = base64.b64encode(raw).decode()
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + text + "\n-----END OPENSSH PRIVATE KEY-----\n"


def write(name, text):
    with open(name, "w", newline="\n") as f:
        f.write(text)


def sign(name, payload):
    """Returns the armored signature of a payload."""
    write("key", private_key(name))
    subprocess.run(["chmod", "600", "key"], check=True)
    done = subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-n", "medlem-grant", "-f", "key"], input=payload.encode(), capture_output=True, check=True)
    subprocess.run(["rm", "key"], check=True)
    return done.stdout.decode()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def items(key, values):
    return key + ":\n" + "".join("  - " + v + "\n" for v in values)


a, b = handle("appointee"), handle("branch")
agreed = "office: local-admin\nfrom: 2026-11-22\nuntil: 2027-11-21\n"
decided = (
    "meeting: board-meeting\nmet: 2026-11-10\nposition: it\npurpose: member-service\ntask: newsletter\n"
    "exception: more-than-one\nbelongs: asker\nfactor: passphrase\n"
)
lists = items("columns", ["given", "email"]) + items("names", sorted([a, b]))
statement = "unit: asker\nhandle: " + a + "\n" + agreed + decided + lists
documents = [("agreement", "m4k7aaaaaaaaa"), ("minutes", "m4k7aaaaaaaab"), ("reason", "m4k7aaaaaaaac")]
evidence = {kind: " ".join([kind, i, digest(kind + ", sealed"), digest(kind)]) for kind, i in documents}

signatures = []
for matter, act, signer, name, day, extra in [
    ("agreement", "signed", "appointee", "appointee", "2026-11-12", digest("agreement")),
    ("minutes", "attested", "branch", "branch", "2026-11-13", digest("minutes")),
    ("exception", "requested", "branch", "branch", "2026-11-14", digest("reason")),
    ("guide", "acknowledged", "appointee", "appointee", "2026-11-15", "2.1"),
]:
    payload = "medlem grant 1\n" + " ".join([matter, act, signer, day]) + "\n" + extra + "\n" + statement
    armored = sign(name, payload)
    write(matter + ".txt", payload)
    write(matter + ".txt.sig", armored)
    blob = "".join(armored.split("\n")[1:-2])
    signatures.append(" ".join([matter, act, signer, handle(name), day, blob]))

write(
    "grant.yaml",
    "medlem: 1\n" + agreed + "ended: 2027-05-31\n" + decided + "guide: 2.1\n" + lists
    + items("evidence", evidence.values()) + items("signatures", signatures),
)
write("allowed_signers", "".join(f'{handle(n)} namespaces="medlem-grant" ssh-ed25519 {base64.b64encode(wire(n)).decode()}\n' for n in KEYS))
