// Reads ID barcodes with two public parsers, as JSON texts a line on standard input; what each made of it, a line each.
import { createInterface } from 'node:readline';
import aamvajs from 'aamvajs';
import usdl from 'parse-usdl';

/** What they say of a card, by one set of names; nothing where a parser gave up. */
const parsers = {
  aamvajs(/** @type {string} */ text) {
    const { idNumber, dateOfBirth, expirationDate, issueDate, state } = aamvajs.raw(text).data;
    return { number: idNumber, birth: dateOfBirth, expires: expirationDate, issued: issueDate, state };
  },
  'parse-usdl'(/** @type {string} */ text) {
    const { documentNumber, dateOfBirth, dateOfExpiry, dateOfIssue, addressState } = usdl.parse(text);
    return { number: documentNumber, birth: dateOfBirth, expires: dateOfExpiry, issued: dateOfIssue, state: addressState };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const /** @type {Record<string, unknown>} */ said = {};
  for (const [name, parse] of Object.entries(parsers)) {
    try {
      said[name] = parse(JSON.parse(line));
    } catch {
      said[name] = null;
    }
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
