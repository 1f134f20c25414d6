/*
 * main_job.ts - a customer from a won deal to the books, by the generated client alone; the last line is what was found.
 */
import { connect, must, Refusal } from "billfold-client";

declare const process: { env: Record<string, string | undefined>; exitCode?: number };

function given<T>(value: T | null | undefined, what: string): T {
	if (value === null || value === undefined) throw new Error(`no ${what}`);
	return value;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
	for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((go) => setTimeout(go, 200))) {
		const found = await look();

		if (found !== undefined) return found;
	}
	throw new Error(`no ${what} within a minute`);
}

const billfold = connect(given(process.env.BILLFOLD_URL, "BILLFOLD_URL"), {
	id: given(process.env.BILLFOLD_CLIENT, "BILLFOLD_CLIENT"),
	secret: given(process.env.BILLFOLD_SECRET, "BILLFOLD_SECRET"),
});

await must(billfold.POST("/v1/tax_rates", { body: { country: "AT", category: "standard", rate: "20" } }));
const account = await must(
	billfold.POST("/v1/accounts", {
		body: {
			legal_name: "Alpenblick Hotel GmbH",
			currency: "EUR",
			invoice_address: { line1: "Seestrasse 12", city: "Hallstatt", postal_code: "4830", country: "AT" },
			contacts: [{ name: "Office", email: "office@alpenblick.example", roles: ["billing"] }],
		},
	}),
);
const deal = await must(
	billfold.POST("/v1/deals", {
		body: { name: "Boiler", account_id: account.id, lines: [{ description: "Espresso boiler", quantity: "2", unit_price: "1249.50" }] },
	}),
);

await must(billfold.POST("/v1/deals/{id}/win", { params: { path: { id: deal.id } }, body: {} }));
const draft = await until("draft", async () => {
	const now = await must(billfold.GET("/v1/deals/{id}", { params: { path: { id: deal.id } } }));

	return now.invoices?.[0];
});
const final = await must(
	billfold.POST("/v1/invoices/{id}/finalize", {
		params: { path: { id: draft }, header: { "Idempotency-Key": `finalize-${draft}` } },
		body: {},
	}),
);
const payment = await must(
	billfold.POST("/v1/payments", { body: { account_id: account.id, invoice_id: draft, amount: given(final.total, "total"), currency: "EUR" } }),
);
const paid = await must(billfold.GET("/v1/invoices/{id}", { params: { path: { id: draft } } }));
const books = await must(billfold.GET("/v1/reports/trial_balance"));

let refused = "";

try {
	await must(billfold.POST("/v1/invoices/{id}/finalize", { params: { path: { id: "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77" } }, body: {} }));
} catch (reason) {
	if (!(reason instanceof Refusal)) throw reason;
	refused = reason.problem?.code ?? "";
}

console.log(
	JSON.stringify({
		number: final.number,
		total: final.total,
		status: paid.status,
		payment: payment.allocations?.map((a) => a.amount),
		accounts: Object.fromEntries((books.accounts ?? []).map((a) => [given(a.account_code, "code"), given(a.balance, "balance")])),
		differences: books.totals?.map((t) => t.difference),
		refused,
	}),
);
