// Stands behind a snippet of docs/webhooks.md: reads messages as lines of JSON, {secret, headers, body}, and says of each
// whether the snippet takes it.
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    receive(secret, headers, Buffer.from(body));
    console.log("ok");
  } catch (error) {
    console.log(`wrong: ${error.message}`);
  }
}
