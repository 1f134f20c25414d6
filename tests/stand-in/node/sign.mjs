// Signs as Stripe's own library does: lines of {"payload", "secret", "timestamp", "scheme"} in, a header a line out.
import { createInterface } from "node:readline";
import Stripe from "stripe";

const { webhooks } = new Stripe("sk_test_signs_only");
for await (const line of createInterface({ input: process.stdin })) console.log(webhooks.generateTestHeaderString(JSON.parse(line)));
