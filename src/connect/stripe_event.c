/*
 * stripe_event.c - what Stripe tells: a signature over the raw bytes, and an event in them.
 *
 * Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX...]; a v1 is HMAC-SHA-256 of "t.body" under a secret
 * of the endpoint, in lower case hex. During a rotation there are two secrets on their side or on
 * ours, and one pair that fits is enough. Refused: a time more than 300 s away in either direction
 * (Stripe's own library lets the future pass), a doubled time, no v1, more of them than any sender
 * has reason for. Every pair is compared, in constant time, before anything of the body is looked
 * at.
 *
 * An event is only news: it names what it is about, and what is true of that now is asked for.
 */
#include "stripe.h"

/* The year 9999: what a timestamptz surely holds. */
#define CREATED_MAX INT64_C(253370764800)

enum { MAC_HEX = 2 * MAC_LEN, TYPE_MAX = 100 };

struct header {
	int64_t time;
	struct str signatures[STRIPE_SIGNATURES_MAX];
	size_t n;
};

static bool
read_header(struct str text, struct header *ret)
{
	bool timed = false;

	*ret = (struct header){ 0 };
	while (text.len) {
		struct str rest, value, part = str_cut(text, ',', &rest),
					name = str_cut(part, '=', &value);

		text = rest;
		if (str_eqz(name, "t")) {
			if (timed || !str_to_int(value, 0, INT64_MAX, &ret->time))
				return false;
			timed = true;
		} else if (str_eqz(name, "v1")) {
			if (ret->n == STRIPE_SIGNATURES_MAX || value.len != MAC_HEX)
				return false;
			ret->signatures[ret->n++] = value;
		}
	}
	return timed && ret->n > 0;
}

static void
to_hex(const unsigned char mac[MAC_LEN], char ret[MAC_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < MAC_LEN; i++) {
		ret[2 * i] = digits[mac[i] >> 4];
		ret[2 * i + 1] = digits[mac[i] & 15];
	}
}

bool
stripe_signature_good(const struct webhook *w)
{
	struct header h;
	char time[24], hex[MAC_HEX];
	unsigned char mac[MAC_LEN];
	bool good = false;

	if (w->signature.p == NULL || !read_header(w->signature, &h))
		return false;
	if (h.time > w->now + STRIPE_TOLERANCE_S || h.time < w->now - STRIPE_TOLERANCE_S)
		return false;
	snprintf(time, sizeof(time), "%lld", (long long)h.time);
	for (size_t i = 0; i < w->n_secrets; i++) {
		const struct str parts[] = { str_from(time), STR("."), w->body };

		hmac_sha256(w->secrets[i], parts, 3, mac);
		to_hex(mac, hex);
		for (size_t k = 0; k < h.n; k++)
			good |= equal_secret((struct str){ hex, sizeof(hex) }, h.signatures[k]);
	}
	return good;
}

static const struct {
	const char *type;
	enum processor_topic topic;
} topics[] = {
	{ "payment_intent.succeeded", TOPIC_CHARGE },
	{ "payment_intent.payment_failed", TOPIC_CHARGE },
	{ "payment_intent.canceled", TOPIC_CHARGE },
	{ "payment_intent.processing", TOPIC_CHARGE },
	{ "charge.updated", TOPIC_CHARGE }, /* its fee is known */
	{ "charge.refunded", TOPIC_REFUND },
	{ "refund.created", TOPIC_REFUND },
	{ "refund.updated", TOPIC_REFUND },
	{ "refund.failed", TOPIC_REFUND },
	{ "charge.dispute.created", TOPIC_DISPUTE },
	{ "charge.dispute.updated", TOPIC_DISPUTE },
	{ "charge.dispute.closed", TOPIC_DISPUTE },
	{ "charge.dispute.funds_withdrawn", TOPIC_DISPUTE },
	{ "charge.dispute.funds_reinstated", TOPIC_DISPUTE },
	{ "checkout.session.completed", TOPIC_CHECKOUT },
	{ "checkout.session.expired", TOPIC_CHECKOUT },
	{ "checkout.session.async_payment_succeeded", TOPIC_CHECKOUT },
	{ "checkout.session.async_payment_failed", TOPIC_CHECKOUT },
	{ "setup_intent.succeeded", TOPIC_METHOD },
	{ "setup_intent.setup_failed", TOPIC_METHOD },
	{ "mandate.updated", TOPIC_MANDATE },
};

const char *
stripe_event_type(size_t i)
{
	return i < sizeof(topics) / sizeof(topics[0]) ? topics[i].type : NULL;
}

static enum processor_topic
topic_of(struct str type)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (str_eqz(type, topics[i].type))
			return topics[i].topic;
	return TOPIC_NONE;
}

/* A text of somebody else's that is to be stored: an id, or nothing. */
static const char *
id_or_null(struct arena *a, struct str s)
{
	return stripe_is_id(s) ? str_dup(a, s) : NULL;
}

/* The member of metadata by which a topic's objects name ours. */
static const char *
subject_of(struct arena *a, struct json_object *object, enum processor_topic topic)
{
	static const char *const members[TOPIC_MAX] = {
		[TOPIC_CHARGE] = "billfold_attempt",
		[TOPIC_CHECKOUT] = "billfold_attempt",
		[TOPIC_REFUND] = "billfold_refund",
		[TOPIC_METHOD] = "billfold_method",
	};
	struct str s = { 0 };
	struct uuid id;

	if (members[topic] == NULL)
		return NULL;
	/* A page is for one or the other. */
	if (!jval_str(jval_get(object, "metadata"), members[topic], &s) &&
	    (topic != TOPIC_CHECKOUT ||
	     !jval_str(jval_get(object, "metadata"), members[TOPIC_METHOD], &s)))
		return NULL;
	if (!uuid_parse(s, &id))
		return NULL;
	return arena_strdup(a, id.z);
}

bool
stripe_event_read(struct arena *a, struct json_object *o, struct processor_event *ret)
{
	struct json_object *object = jval_get(jval_get(o, "data"), "object");
	struct str id = jval_str_of(o, "id"), type = jval_str_of(o, "type"), account;

	*ret = (struct processor_event){ .topic = topic_of(type) };
	if (!str_eqz(jval_str_of(o, "object"), "event") || !stripe_is_id(id) || type.len == 0 ||
	    type.len > TYPE_MAX || !jval_int(o, "created", &ret->happened_at) ||
	    ret->happened_at < 0 || ret->happened_at > CREATED_MAX ||
	    !jval_bool(o, "livemode", &ret->live) || !json_object_is_type(object, json_type_object))
		return false;
	ret->ref = str_dup(a, id);
	ret->type = str_dup(a, type);
	ret->foreign = jval_str(o, "account", &account);
	ret->object_ref = id_or_null(a, jval_str_of(object, "id"));
	ret->charge_ref =
	    ret->topic == TOPIC_CHARGE && str_eqz(jval_str_of(object, "object"), "payment_intent")
		? ret->object_ref
		: stripe_id(a, object, "payment_intent");
	ret->subject = subject_of(a, object, ret->topic);
	if (ret->topic != TOPIC_NONE && ret->object_ref == NULL)
		ret->topic = TOPIC_NONE;
	return true;
}

int
stripe_webhook_open(struct arena *a, const struct webhook *w, struct processor_event *ret,
		    struct err *err)
{
	struct json_object *o = NULL;
	struct err bad = { 0 };

	if (!stripe_signature_good(w))
		return err_set(err, ERR_bad_request, "The signature is not good.");
	if (jscan_parse(a, w->body, &o, &bad) < 0 || !stripe_event_read(a, o, ret))
		return err_set(err, ERR_bad_request, "This is no event.");
	return 0;
}
