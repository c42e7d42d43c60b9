// Seals what is sent to one hybrid recipient: a blob, the same size and form whoever
// sends it (docs/format.md).
import { Encrypter } from "age-encryption";
import { pad } from "./request.ts";

/** The size to which every text is padded, in bytes. No other is sent or taken. */
const size = 16384;

/** The sealed file of a text. It throws a RangeError where the text is too long. */
export async function blob(text: string, recipient: string): Promise<Uint8Array> {
  if (!/^age1pq1[02-9ac-hj-np-z]+$/.test(recipient)) throw new Error("not a hybrid recipient");
  const to = new Encrypter();
  to.addRecipient(recipient);
  const padded = pad(text, size, size);
  try {
    return await to.encrypt(padded);
  } finally {
    padded.fill(0);
  }
}
