// Runs the script of the verifier's page without a page: the same answers as verify.py, from src-tauri/crates/raffle/src/verifier.html.
//   node page.mjs PAGE certificate FILE... | ticket FILE... | draws FILE
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [page, what, ...files] = process.argv.slice(2);
const scripts = [...readFileSync(page, "utf8").matchAll(/<script>([\s\S]*?)<\/script>/g)];
if (scripts.length !== 1) throw new Error(`the page has ${scripts.length} scripts, and must have one`);
// In this context: in one of its own every look-up of a global is slow, and there are millions.
const verifier = vm.runInThisContext(
  `(() => {${scripts[0][1]}
  return { verifyCertificate, verifyTicket, seedOf, readList, root, leaf, draw, Stream, hex, unhex, canonical };
})()`,
);

function drawn(line) {
  const item = JSON.parse(line);
  const bytes = (text) => verifier.unhex(text ?? "");
  const seed = verifier.seedOf(bytes(item.secret), bytes(item.seal_hash), bytes(item.list_hash), bytes(item.randomness));
  const lines = verifier.readList(item.list);
  const stream = new verifier.Stream(seed);
  return verifier.canonical({
    seed: verifier.hex(seed),
    root: verifier.hex(verifier.root(lines.map((one) => verifier.leaf(one.raw)))),
    drawn: verifier.draw(seed, lines, item.units, item.alternates, item.one_prize_per_person),
    chosen: item.bounds.map((bound) => String(stream.below(BigInt(bound)))),
  });
}

for (const file of files) {
  if (what === "draws") {
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) console.log(drawn(line));
    continue;
  }
  const bytes = new Uint8Array(readFileSync(file));
  if (what === "ticket") {
    console.log(JSON.stringify({ file, holds: verifier.verifyTicket(bytes)?.holds ?? false }));
  } else {
    const { steps } = await verifier.verifyCertificate(bytes);
    console.log(JSON.stringify({ file, steps: Object.fromEntries(steps.map((step) => [step.step, step.stands])) }));
  }
}
