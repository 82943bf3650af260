// Says of each line of stdin what npm's ts-tracking-number takes it for: one JSON document a line.
import { createInterface } from "node:readline";
import tracking from "ts-tracking-number";

let out = [];
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const found = tracking.getTracking(line);
  out.push(JSON.stringify(found ? { courier: found.courier.code, name: found.name } : null));
  if (out.length === 4096) {
    process.stdout.write(out.join("\n") + "\n");
    out = [];
  }
}
process.stdout.write(out.length ? out.join("\n") + "\n" : "");
