#!/usr/bin/env python3
"""Makes the vectors of runs of erasures from docs/format.md alone: run.yaml and
run-open.yaml here, runlist.yaml in internal/seal/testdata. Run it in this folder."""
import hashlib

NONCE = bytes(range(32))
RECORDS = [("aaaaaaaaaaaaa", "asker", "left", "2026-10"), ("m4k7aaaaaaaab", "asker-vest", "closed", "2026-09"), ("zzzzzzzzzzzz7", "asker", "died", "2026-11")]
ids = [r[0] for r in RECORDS]
digest = hashlib.sha256(NONCE + "".join(i + "\n" for i in ids).encode()).hexdigest()
stop = hashlib.sha256(NONCE + ids[1].encode()).hexdigest()
head = f"medlem: 1\nby: o-sw42ziangi\ncount: 3\nsha256: {digest}\nuntil: 2026-12-15\n"
signed = f"signed:\n  - o-easzgigbni\nstop:\n  - {stop}\n"
done = f"done: 2026-12-16\nnonce: {NONCE.hex()}\nspared:\n  - {ids[1]}\n"


def write(name, text):
    with open(name, "w", newline="\n") as f:
        f.write(text)


write("run-open.yaml", head)
write("run.yaml", head + signed + done)
lines = "".join(f"record {i}: {unit} {rule} {month}\n" for i, unit, rule, month in RECORDS)
write("../../../seal/testdata/runlist.yaml", f"unit: national\nrun: m4k7qwertyuio\nnonce: {NONCE.hex()}\n" + lines)
