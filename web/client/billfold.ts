/*
 * billfold.ts - a client of one Billfold: paths, parameters, bodies and answers typed by its contract.
 *
 * A program signs in by its id and secret; the token is renewed before it ends. `must` gives the answer's data, or throws
 * what the server said. Nothing is repeated by itself: give a POST an Idempotency-Key, and repeat it as you like.
 */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./contract.js";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Billfold = Client<paths>;

type AccessToken = paths["/v1/oauth/token"]["post"]["responses"]["200"]["content"]["application/json"];

export interface Credentials {
	id: string;
	secret: string;
	scope?: string;
}

/** An answer that is no success, as the server explained it. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly problem: Problem | undefined,
	) {
		const fields = (problem?.errors ?? []).map((e) => `${e.pointer}: ${e.detail}`);

		super([`${status} ${problem?.code ?? ""} ${problem?.detail ?? ""}`.trim(), ...fields].join("\n"));
		this.name = "Refusal";
	}
}

/** The data of an answer; anything but success throws a Refusal. */
export async function must<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<NonNullable<T>> {
	const { data, error, response } = await asked;

	if (!response.ok || data === undefined || data === null)
		throw new Refusal(response.status, error as Problem | undefined);
	return data;
}

async function token(baseUrl: string, who: Credentials): Promise<AccessToken> {
	const response = await fetch(`${baseUrl}/v1/oauth/token`, {
		method: "POST",
		headers: { Authorization: "Basic " + btoa(`${who.id}:${who.secret}`) },
		body: new URLSearchParams({ grant_type: "client_credentials", ...(who.scope ? { scope: who.scope } : {}) }),
	});

	if (!response.ok) throw new Error(`no access token: ${response.status} ${await response.text()}`);
	return response.json();
}

/** baseUrl: https://billing.example.com, without a slash at its end. */
export function connect(baseUrl: string, who: Credentials): Billfold {
	const client = createClient<paths>({ baseUrl });
	let held = "";
	let until = 0;

	client.use({
		async onRequest({ request }) {
			if (Date.now() > until) {
				const made = await token(baseUrl, who);

				held = made.access_token;
				until = Date.now() + (made.expires_in - 60) * 1000;
			}
			request.headers.set("Authorization", `Bearer ${held}`);
			return request;
		},
	});
	return client;
}
