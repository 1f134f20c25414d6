// Stripe's own library as a client of the stand-in: node client.mjs URL
// Whatever its authors take for granted of the API must hold of the stand-in. Prints a line a check, ends with 1 on the first that fails.
import assert from "node:assert/strict";
import Stripe from "stripe";

const url = new URL(process.argv[2]);
const stripe = new Stripe("sk_test_standin", {
  host: url.hostname, port: url.port, protocol: "http", maxNetworkRetries: 0, telemetry: false,
});
const control = (path, body) => fetch(new URL("/_standin" + path, url), { method: "POST", body: JSON.stringify(body ?? {}) })
  .then((answer) => answer.json());
const charge = (over, options) => stripe.paymentIntents.create({
  amount: 1999, currency: "eur", confirm: true, payment_method: "pm_card_visa", off_session: true,
  payment_method_types: ["card"], metadata: { attempt: "one" }, ...over,
}, options);
const checks = {
  async "a charge succeeds and its fee follows"() {
    const intent = await charge({ expand: ["latest_charge.payment_method"] });
    assert.equal(intent.status, "succeeded");
    assert.equal(intent.amount_received, 1999);
    assert.equal(intent.latest_charge.balance_transaction, null);
    await new Promise((done) => setTimeout(done, 200));
    const kept = await stripe.charges.retrieve(intent.latest_charge.id, { expand: ["balance_transaction"] });
    assert.equal(kept.balance_transaction.fee + kept.balance_transaction.net, 1999);
  },
  async "declines are card errors with their codes"() {
    for (const [method, code] of [["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"],
      ["pm_card_visa_chargeDeclinedStolenCard", "stolen_card"]])
      await assert.rejects(charge({ payment_method: method }), (error) => {
        assert.ok(error instanceof Stripe.errors.StripeCardError);
        assert.equal(error.decline_code, code);
        assert.equal(error.payment_intent.status, "requires_payment_method");
        return error.statusCode === 402;
      });
  },
  async "the same key gives the same answer, another content an idempotency error"() {
    const first = await charge({}, { idempotencyKey: "k1" });
    const second = await charge({}, { idempotencyKey: "k1" });
    assert.equal(first.id, second.id);
    assert.equal(second.lastResponse.headers["idempotent-replayed"], "true");
    await assert.rejects(charge({ amount: 2000 }, { idempotencyKey: "k1" }), Stripe.errors.StripeIdempotencyError);
  },
  async "a 500 after the money moved is kept, the list tells the truth"() {
    await control("/script", { rules: [{ do: "error_after", method: "POST" }] });
    for (let tries = 0; tries < 2; tries++)
      await assert.rejects(charge({ metadata: { attempt: "lost" } }, { idempotencyKey: "k2" }), Stripe.errors.StripeAPIError);
    const found = [];
    for await (const intent of stripe.paymentIntents.list({ created: { gte: 1 }, limit: 2 }))
      if (intent.metadata.attempt === "lost") found.push(intent);
    assert.equal(found.length, 1);
    assert.equal(found[0].status, "succeeded");
  },
  async "cut connections, limits and wrong requests look as they should"() {
    // The library tries once more by itself when a connection breaks.
    await control("/script", { rules: [{ do: "cut_after", method: "POST", times: 2 }, { do: "too_many", method: "POST" }] });
    await assert.rejects(charge({}), Stripe.errors.StripeConnectionError);
    await assert.rejects(charge({}), Stripe.errors.StripeRateLimitError);
    await assert.rejects(charge({ amount: "12.5" }), Stripe.errors.StripeInvalidRequestError);
    await assert.rejects(charge({ colour: "red" }), (error) => error.code === "parameter_unknown");
    await assert.rejects(charge({ amount: 1234, currency: "kwd" }), Stripe.errors.StripeInvalidRequestError);
    await assert.rejects(new Stripe("sk_test_other", { host: url.hostname, port: url.port, protocol: "http" })
      .paymentIntents.list(), Stripe.errors.StripeAuthenticationError);
  },
  async "refunds never exceed the charge"() {
    const intent = await charge({});
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 999, reason: "requested_by_customer" });
    assert.equal(part.status, "succeeded");
    await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }), Stripe.errors.StripeInvalidRequestError);
    assert.equal((await stripe.refunds.create({ payment_intent: intent.id })).amount, 1000);
    assert.equal((await stripe.refunds.list({ payment_intent: intent.id })).data.length, 2);
  },
  async "a dispute withdraws money and a fee, and is won"() {
    const intent = await charge({});
    const dispute = await control("/dispute", { charge: intent.latest_charge });
    assert.equal((await stripe.disputes.retrieve(dispute.id)).balance_transactions[0].net, -1999 - 1500);
    await assert.rejects(stripe.refunds.create({ payment_intent: intent.id }), (error) => error.code === "charge_disputed");
    await control("/dispute/close", { dispute: dispute.id, status: "won" });
    assert.equal((await stripe.disputes.retrieve(dispute.id)).status, "won");
  },
  async "a bank account is debited by its mandate, in days"() {
    const customer = await stripe.customers.create({ name: "Ada" });
    const session = await stripe.checkout.sessions.create({ mode: "setup", currency: "eur", customer: customer.id,
      success_url: "https://seller.example/done" });
    await control("/checkout/complete", { session: session.id, payment_method: "pm_successDelayed_de" });
    const { setup_intent: setup } = await stripe.checkout.sessions.retrieve(session.id, { expand: ["setup_intent.payment_method"] });
    assert.equal(setup.payment_method.sepa_debit.last4, "3201");
    const debit = () => charge({ payment_method: setup.payment_method.id, customer: customer.id, payment_method_types: ["sepa_debit"] });
    const paid = await debit(), refused = await debit();
    assert.equal(paid.status, "processing");
    await control("/debit", { payment_intent: paid.id });
    assert.equal((await stripe.paymentIntents.retrieve(paid.id)).status, "succeeded");
    await control("/debit", { payment_intent: refused.id, failure_code: "insufficient_funds" });
    const why = await stripe.paymentIntents.retrieve(refused.id, { expand: ["latest_charge"] });
    assert.equal(why.status, "requires_payment_method");
    assert.equal(why.latest_charge.failure_code, "insufficient_funds");
    const dispute = await control("/dispute", { charge: paid.latest_charge, reason: "debit_not_authorized" });
    assert.equal((await stripe.disputes.retrieve(dispute.id)).status, "lost");
    await assert.rejects(debit(), Stripe.errors.StripeInvalidRequestError);  // its mandate is gone with it
  },
  async "a customer's method is set up and charged later"() {
    const customer = await stripe.customers.create({ name: "Ada", metadata: { account: "a1" } });
    const setup = await stripe.setupIntents.create({ customer: customer.id, payment_method: "pm_card_visa", confirm: true,
      usage: "off_session", payment_method_types: ["card"] });
    assert.equal(setup.status, "succeeded");
    await assert.rejects(charge({ payment_method: setup.payment_method }), Stripe.errors.StripeInvalidRequestError);
    assert.equal((await charge({ payment_method: setup.payment_method, customer: customer.id })).status, "succeeded");
  },
  async "checkout sessions are paid, kept methods stay, others expire"() {
    const make = () => stripe.checkout.sessions.create({
      mode: "payment", success_url: "https://seller.example/done", cancel_url: "https://seller.example/back",
      customer_creation: "always", payment_intent_data: { setup_future_usage: "off_session", metadata: { attempt: "c" } },
      line_items: [{ quantity: 1, price_data: { currency: "eur", unit_amount: 500, product_data: { name: "Invoice 1" } } }],
    });
    const session = await make();
    await control("/checkout/complete", { session: session.id });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent.payment_method"] });
    assert.equal(done.payment_status, "paid");
    assert.equal(done.payment_intent.payment_method.customer, done.customer);
    const other = await make();
    assert.equal((await stripe.checkout.sessions.expire(other.id)).status, "expired");
  },
  async "events are listed newest first, onwards from one that is known"() {
    const newest = (await stripe.events.list({ limit: 1 })).data[0];
    await charge({});
    const after = await stripe.events.list({ ending_before: newest.id, limit: 100 });
    assert.deepEqual(after.data.map((event) => event.type).reverse().slice(0, 3),
      ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]);
    assert.equal((await stripe.events.retrieve(newest.id)).id, newest.id);
  },
  async "its signatures are good, and refused when anything is changed"() {
    const body = '{"id":"evt_1","object":"event","type":"x"}', secrets = ["whsec_old", "whsec_new"];
    const { signature } = await control("/sign", { body, secrets });
    for (const secret of secrets) assert.equal(stripe.webhooks.constructEvent(body, signature, secret).id, "evt_1");
    assert.throws(() => stripe.webhooks.constructEvent(body + " ", signature, "whsec_old"), /signature/i);
    const old = await control("/sign", { body, secrets, at: Math.floor(Date.now() / 1000) - 301 });
    assert.throws(() => stripe.webhooks.constructEvent(body, old.signature, "whsec_old"), /tolerance/i);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log("ok " + name);
}
