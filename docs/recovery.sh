#!/bin/sh
# recovery.sh CLONE IDENTITY UNIT OUTDIR
# Opens every sealed file of UNIT with git and age alone, into OUTDIR/<id>.yaml.
# CLONE: a copy of the register (git clone --mirror, or medlem's own).
# IDENTITY: an officer's identity file, or a file with the recovery secret.
# KEYRINGS: where the keyrings lie when they are not refs of CLONE.
set -eu
clone=$1 identity=$2 unit=$3 out=$4 main=refs/heads/main
umask 077
mkdir -p "$out"
digest=$(git -C "$clone" cat-file blob "$main:data/$unit/keyring.yaml" | sed -n 's/^sha256: //p')
keyring=$({ git -C "$clone" cat-file blob "refs/medlem/keyrings/$unit:keyring.age" 2>/dev/null ||
	cat "${KEYRINGS:-$clone/.git/medlem/keyrings}/$unit.$digest.age"; } | age -d -i "$identity")
{ printf '%s\n' "$keyring"; git -C "$clone" ls-tree -r --name-only "$main" "data/$unit/"; } |
	awk '$1 == "key" { key[substr($2, 1, 13)] = $3 }
	/\.age$/ { n = split($0, part, "/"); id = substr(part[n], 1, 13); print id, id in key ? key[id] : "-", $0 }' |
	{ bad=0; while read -r id key path; do
		git -C "$clone" cat-file blob "$main:$path" | AGE_PASSPHRASE=$key age -d -j batchpass -o "$out/$id.yaml" ||
			{ echo "not opened: $path" >&2; bad=1; }
	done; exit $bad; }
