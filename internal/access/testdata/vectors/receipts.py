#!/usr/bin/env python3
"""Makes the vectors of erasures from docs/format.md alone: receipt.yaml,
receipt-least.yaml, erased.yaml (a member's paper), erasure.yaml (a statement) and
erasures.yaml (a list) here. Run it in this folder."""
import hashlib

SECRET = b"defghijklmnopqrs"  # its text: chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6
ID = "m4k7aaaaaaaaa"
check = hashlib.sha256(SECRET + ID.encode()).hexdigest()
GENESIS, COMMIT, MAIN = "01" * 20, "02" * 20, "03" * 20

least = f"medlem: 1\nday: 2026-11-22\nrule: left\nkeys: 1\nkeyrings:\n  - asker 41 42\nsigners:\n  - o-sw42ziangi\ncheck: {check}\n"
full = (
    "day: 2026-11-22\nrule: left\nkeys: 1\nversions: 2\npages: 1\ntokens: 1\nrequests: 1\nlists: 3\nactivities: 1\n"
    "keyrings:\n  - akershus 7 8\n  - asker 41 42\nsigners:\n  - o-sw42ziangi\n  - o-easzgigbni\n"
    f"remains:\n  - accounts 2031-11-22\n  - minutes always\ncheck: {check}\n"
)
head = f"id: {ID}\nunit: asker\ngenesis: {GENESIS}\ncommit: {COMMIT}\n"
issue = f"issued: 2026-12-01\nby: o-sw42ziangi\nmain: {MAIN}\nserver: forgotten\nwaiting:\n  - o-easzgigbni {'5a' * 16}\n  - recovery {'5b' * 16}\n"
files = {
    "receipt.yaml": "medlem: 1\n" + full,
    "receipt-least.yaml": least,
    "erased.yaml": "medlem: 1\nstatement: erased\n" + head + "secret: chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6\nreceipt: yes\n" + full,
    "erasure.yaml": "medlem: 1\nstatement: erasure\n" + head + issue + "receipt: yes\n" + full,
    "erasures.yaml": f"medlem: 1\nstatement: erasures\ngenesis: {GENESIS}\nmain: {MAIN}\nissued: 2026-12-01\nby: o-sw42ziangi\nerased:\n"
    f"  - aaaaaaaaaaaaa akershus 2025-01-31 retention/activity\n  - {ID} asker 2026-11-22 left {check}\n",
}
for name, text in files.items():
    with open(name, "w", newline="\n") as f:
        f.write(text)
