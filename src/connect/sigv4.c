/*
 * sigv4.c - AWS Signature Version 4.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: the request in one
 * canonical text, its hash in a text to sign, and a key that is good for one day, region and
 * service. Our own because libcurl 7.88 signs an empty body in place of the real one, and headers
 * that it then leaves out.
 */
#include "sigv4.h"

enum { TEXT_MAX = 16 << 10, DAY = 8 };

static struct str
mac(struct arena *a, struct str key, struct str text)
{
	unsigned char *out = arena_alloc(a, MAC_LEN);

	hmac_sha256(key, &text, 1, out);
	return (struct str){ (const char *)out, MAC_LEN };
}

static const char *
hex(struct arena *a, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(a, 2 * bytes.len + 1);

	for (size_t i = 0; i < bytes.len; i++) {
		out[2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)bytes.p[i] & 15];
	}
	out[2 * bytes.len] = '\0';
	return out;
}

static const char *
header_names(struct arena *a, const struct net_header *headers)
{
	struct sb sb;

	sb_init(&sb, a, TEXT_MAX);
	for (const struct net_header *h = headers; h->name; h++)
		sb_addf(&sb, "%s%s", h == headers ? "" : ";", h->name);
	return sb_z(&sb);
}

static void
request_hash(struct arena *a, const struct sigv4_request *q, const char *names,
	     char ret[SHA256_HEX])
{
	struct sb sb;

	sb_init(&sb, a, TEXT_MAX);
	sb_addf(&sb, "%s\n%s\n\n", q->method, q->path);
	for (const struct net_header *h = q->headers; h->name; h++)
		sb_addf(&sb, "%s:" STR_FMT "\n", h->name, STR_ARG(str_trim(str_from(h->value))));
	sb_addf(&sb, "\n%s\n%s", names, q->payload_sha256);
	sha256_hex(sb_str(&sb), ret);
}

static struct str
day_key(struct arena *a, const struct sigv4_key *k, struct str day)
{
	struct str first = str_from(arena_printf(a, "AWS4" STR_FMT, STR_ARG(k->secret)));

	return mac(a, mac(a, mac(a, mac(a, first, day), str_from(k->region)), str_from(k->service)),
		   STR("aws4_request"));
}

const char *
sigv4_sign(struct arena *a, const struct sigv4_key *k, const struct sigv4_request *q)
{
	const struct str day = { q->date, DAY };
	const char *names = header_names(a, q->headers), *scope, *text;
	char hash[SHA256_HEX];

	request_hash(a, q, names, hash);
	scope = arena_printf(a, STR_FMT "/%s/%s/aws4_request", STR_ARG(day), k->region, k->service);
	text = arena_printf(a, "AWS4-HMAC-SHA256\n%s\n%s\n%s", q->date, scope, hash);
	return arena_printf(a, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
			    k->access_key, scope, names,
			    hex(a, mac(a, day_key(a, k, day), str_from(text))));
}
