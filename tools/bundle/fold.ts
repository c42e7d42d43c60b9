// The form of a text for searching, as the program folds it (record.Fold): lower case,
// without marks, with å, aa, ä, æ and ae all a, ö, ø and oe all o, and everything that
// is neither a letter nor a digit one space.

const letters: Record<string, string> = {
  æ: "a", ø: "o", œ: "o", đ: "d", ð: "d", ŋ: "n", ŧ: "t", þ: "t", ß: "ss", ł: "l", ı: "i", ħ: "h", ĸ: "k",
};

export function fold(s: string): string {
  let out = "";
  let space = false;
  for (const whole of s) { // one after the other: lower case must not depend on what follows
    for (const c of lower(lower(whole).normalize("NFKD"))) {
      if (/\p{Mn}/u.test(c) || invisible.test(c)) continue;
      for (const l of letters[c] ?? c) {
        if (!/[\p{L}\p{Nd}]/u.test(l)) {
          space = true;
          continue;
        }
        if (space && out) out += " ";
        else if (!space && ((out.endsWith("a") && (l === "a" || l === "e")) || (out.endsWith("o") && l === "e"))) continue; // one letter, written as two
        space = false;
        out += l;
      }
    }
  }
  return out;
}

const lower = (s: string) => s.toLowerCase();

const invisible = /[\ufeff\u00ad\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069]/;
