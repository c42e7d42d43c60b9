#!/bin/sh
# repair.sh COPY SERVER
# Puts main and the keyrings of COPY, a secretariat officer's copy that is up to
# date, onto SERVER, in one push. It adds nothing to COPY and needs no key.
set -eu
copy=$1 server=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git clone -q --bare --single-branch -b main "$copy" "$tmp"
who=$(git -C "$tmp" log -1 --format=%an main)
export TZ=UTC0 GIT_AUTHOR_NAME="$who" GIT_AUTHOR_EMAIL="$who@medlem.invalid" \
	GIT_COMMITTER_NAME="$who" GIT_COMMITTER_EMAIL="$who@medlem.invalid"
refs=refs/heads/main
for file in "$copy"/.git/medlem/keyrings/*.age; do
	name=$(basename "$file" .age) && unit=${name%%.*} digest=${name#*.}
	main=$(git -C "$tmp" cat-file blob "main:data/$unit/keyring.yaml")
	serial=$(echo "$main" | sed -n 's/^serial: //p')
	tokens=$(echo "$main" | sed -n 's/^tokens: //p')
	[ "$digest" != "$tokens" ] || continue # they go with the keyring
	tree=$({
		printf '100644 blob %s\tkeyring.age\n' "$(git -C "$tmp" hash-object -w --stdin <"$file")"
		[ -z "$tokens" ] || printf '100644 blob %s\ttokens.age\n' "$(git -C "$tmp" hash-object -w --stdin <"$copy/.git/medlem/keyrings/$unit.$tokens.age")"
	} | git -C "$tmp" mktree)
	commit=$(echo "keyring $serial in $unit" | git -C "$tmp" commit-tree "$tree")
	refs="$refs +$commit:refs/medlem/keyrings/$unit"
done
git -C "$tmp" push --atomic "$server" $refs
