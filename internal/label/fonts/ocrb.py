#!/usr/bin/python3
# Makes OCRB.ttf from OCRB.otf of Debian's fonts-ocr-b 0.3~dfsg1-1, with fonttools 4.38:
# the characters that stand in the code lines of payment forms, with quadratic outlines,
# which the writer of the PDF needs. Usage: ocrb.py OCRB.otf OCRB.ttf
import sys
from fontTools.ttLib import TTFont, newTable
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools import subset
src, dst = sys.argv[1:]
f = TTFont(src, recalcTimestamp=False)
o = subset.Options(); o.layout_features=[]; o.drop_tables += ['GPOS','GSUB','GDEF','FFTM']; o.hinting=False; o.notdef_outline=True; o.name_IDs=['*']; o.recalc_timestamp=False
s = subset.Subsetter(o); s.populate(text=' #+-<>0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'); s.subset(f)
gs, order = f.getGlyphSet(), f.getGlyphOrder()
glyf = newTable('glyf'); glyf.glyphOrder = order; glyf.glyphs = {}
for name in order:
    pen = TTGlyphPen(gs); gs[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True)); glyf.glyphs[name] = pen.glyph()
f['loca'], f['glyf'] = newTable('loca'), glyf
del f['CFF ']
if 'VORG' in f: del f['VORG']
glyf.compile(f)
m = f['maxp']; m.tableVersion = 0x00010000
for k in 'maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions maxComponentElements'.split(): setattr(m, k, 1 if k == 'maxZones' else 0)
m.maxComponentElements = max([0]+[len(g.components) if g.isComposite() else 0 for g in glyf.glyphs.values()])
f['post'].formatType = 2.0; f['post'].extraNames = []; f['post'].mapping = {}; f['post'].glyphOrder = order
f.sfntVersion = '\000\001\000\000'
f.save(dst)
