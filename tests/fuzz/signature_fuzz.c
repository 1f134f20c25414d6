/*
 * signature_fuzz.c - a webhook counts when one of its signatures is ours, over these bytes and of
 * these minutes; an event names only ids that are ids.
 */
#include "fuzz.h"

#include "connect/stripe.h"

enum { NOW = 1760000000 };

static const struct str secrets[] = { { "whsec_the_one_before", 20 }, { "whsec_now", 9 } };

static bool
is_good(struct str header, struct str body)
{
	const struct webhook w = {
		.body = body, .signature = header, .secrets = secrets, .n_secrets = 2, .now = NOW
	};

	return stripe_signature_good(&w);
}

static const char *
signature(struct arena *a, struct str secret, int64_t at, struct str body)
{
	unsigned char mac[MAC_LEN];
	struct str parts[] = { str_from(arena_printf(a, "%lld.", (long long)at)), body };
	struct sb sb;

	hmac_sha256(secret, parts, 2, mac);
	sb_init(&sb, a, 2 * MAC_LEN + 1);
	for (size_t i = 0; i < MAC_LEN; i++)
		sb_addf(&sb, "%02x", mac[i]);
	return sb_z(&sb);
}

static int
times(struct str header)
{
	int n = 0;

	while (header.len)
		n += str_starts(str_cut(header, ',', &header), STR("t="));
	return n;
}

static void
is_event(struct arena *a, struct str body)
{
	struct json_object *o;
	struct processor_event e;

	if (jscan_parse(a, body, &o, NULL) < 0 || !stripe_event_read(a, o, &e))
		return;
	MUST(stripe_is_id(str_from(e.ref)) && e.type[0] && e.happened_at >= 0);
	MUST(!e.object_ref || stripe_is_id(str_from(e.object_ref)));
	MUST(!e.charge_ref || stripe_is_id(str_from(e.charge_ref)));
	MUST(!e.subject || strlen(e.subject) == 36);
	MUST(e.topic == TOPIC_NONE || e.object_ref);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	unsigned how = (unsigned)input_bits(&in, 1);
	int64_t at = NOW + (int16_t)input_bits(&in, 2) % 400;
	struct str before = input_until(&in, '\n'), after = input_until(&in, '\n'),
		   body = input_rest(&in), header;
	struct str ours = str_from(signature(a, secrets[how & 1], at, body));
	bool in_time = at >= NOW - STRIPE_TOLERANCE_S && at <= NOW + STRIPE_TOLERANCE_S;

	MUST(!is_good(before, body) && !is_good(after, body));
	header = str_from(arena_printf(a, "t=%lld,v1=" STR_FMT, (long long)at, STR_ARG(ours)));
	MUST(is_good(header, body) == in_time);
	MUST(!is_good(header, str_from(arena_printf(a, STR_FMT "x", STR_ARG(body)))));
	/* Whatever stands around it: never without the one time, never a time that is too far. */
	header = str_from(arena_printf(a, STR_FMT "%s" STR_FMT "%s" STR_FMT, STR_ARG(before),
				       how & 2 ? "," : "", STR_ARG(header), how & 4 ? "," : "",
				       STR_ARG(after)));
	if (is_good(header, body))
		MUST(in_time && times(header) == 1);
	is_event(a, body);
	arena_free(a);
	return 0;
}
