#!/bin/sh
# Makes the two fonts from Noto Sans 2.004 (Debian's fonts-noto-core, 20201225),
# with pyftsubset of fonttools: Latin, Greek and Cyrillic with what stands
# between words. Left out, so that they are reported and not printed wrongly:
# marks that a letter would have to carry, signs that cannot be seen (soft
# hyphens, changes of direction) and every other script.
set -eu
from=${1:-/usr/share/fonts/truetype/noto}
for weight in Regular Bold; do
	pyftsubset "$from/NotoSans-$weight.ttf" --output-file="NotoSans-$weight.ttf" \
		--unicodes="U+0020-007E,U+00A0-00AC,U+00AE-02FF,U+0370-0482,U+048A-052F,U+1E00-1FFF,U+2010-2015,U+2018-2026,U+202F-205E,U+2070-209F,U+20A0-20CF,U+2100-218F,U+2190-2193,U+2212" \
		--no-hinting --layout-features='' --drop-tables+=GPOS,GSUB,GDEF,DSIG \
		--name-IDs='*' --name-languages=0x409 --notdef-outline --no-recalc-timestamp
done
