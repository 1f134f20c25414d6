/*
 * mail_tag.c - what leads an answer back to the mail that it answers.
 *
 * Thirty bytes in base32: the end of the tenant's id, the delivery's id, and a part of the MAC over
 * kind, tenant and delivery, under the installation's secret. An address's local part has 64
 * letters, so the tenant is not in it whole: its end finds the few that may be meant, the MAC says
 * which. Eighty bits can be tried by mail alone, one mail a try.
 */
#include <billfold/document/mail_in.h>

enum { TENANT = 4, DELIVERY = 16, TAG_BYTES = TENANT + DELIVERY + 10 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

static void
put_base32(struct sb *sb, const unsigned char *p, size_t n)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 5; have -= 5)
			sb_addc(sb, letters[bits >> (have - 5) & 31]);
	}
}

static bool
get_base32(struct str s, unsigned char *to, size_t n)
{
	uint32_t bits = 0;
	size_t out = 0;
	int have = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c =
		    (unsigned char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
		const char *at = c ? strchr(letters, c) : NULL;

		if (!at)
			return false;
		bits = bits << 5 | (uint32_t)(at - letters);
		have += 5;
		if (have >= 8) {
			have -= 8;
			if (out < n)
				to[out++] = (unsigned char)(bits >> have);
		}
	}
	return out == n;
}

static void
uuid_bytes(const struct uuid *u, unsigned char ret[DELIVERY])
{
	size_t n = 0;

	for (const char *p = u->z; *p && n < 2 * (size_t)DELIVERY; p++) {
		unsigned v = *p <= '9' ? (unsigned)(*p - '0') : (unsigned)(*p - 'a' + 10);

		if (*p == '-')
			continue;
		ret[n / 2] = (unsigned char)(n % 2 ? ret[n / 2] | v : v << 4);
		n++;
	}
}

static void
sign(const struct secret *s, enum mail_tag_kind kind, const struct uuid *tenant,
     const struct uuid *delivery, unsigned char ret[MAC_LEN])
{
	char text[2 * UUID_LEN + 8];

	snprintf(text, sizeof(text), "%c|%s|%s", (char)kind, tenant->z, delivery->z);
	secret_mac(s, "mail_tag", str_from(text), ret);
}

const char *
mail_tag(struct arena *a, const struct secret *s, enum mail_tag_kind kind,
	 const struct uuid *tenant, const struct uuid *delivery)
{
	unsigned char bytes[TAG_BYTES], whole[DELIVERY], mac[MAC_LEN];
	struct sb sb;

	uuid_bytes(tenant, whole);
	memcpy(bytes, whole + DELIVERY - TENANT, TENANT);
	uuid_bytes(delivery, bytes + TENANT);
	sign(s, kind, tenant, delivery, mac);
	memcpy(bytes + TENANT + DELIVERY, mac, TAG_BYTES - TENANT - DELIVERY);
	sb_init(&sb, a, MAIL_TAG_LEN + 1);
	sb_addc(&sb, (char)kind);
	put_base32(&sb, bytes, sizeof(bytes));
	return sb_z(&sb);
}

bool
mail_tag_parse(struct str text, struct mail_tag *ret)
{
	unsigned char bytes[TAG_BYTES];
	const unsigned char *d = bytes + TENANT;
	char z[UUID_LEN + 1];
	char kind = text.len == MAIL_TAG_LEN ? (char)(text.p[0] | 0x20) : 0;

	if ((kind != MAIL_TAG_BOUNCE && kind != MAIL_TAG_REPLY && kind != MAIL_TAG_ID &&
	     kind != MAIL_TAG_VIEW) ||
	    !get_base32((struct str){ text.p + 1, text.len - 1 }, bytes, sizeof(bytes)))
		return false;
	ret->kind = (enum mail_tag_kind)kind;
	snprintf(ret->tenant_end, sizeof(ret->tenant_end), "%02x%02x%02x%02x", bytes[0], bytes[1],
		 bytes[2], bytes[3]);
	snprintf(z, sizeof(z),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
		 d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
		 d[15]);
	memcpy(ret->mac, bytes + TENANT + DELIVERY, sizeof(ret->mac));
	return uuid_parse(str_from(z), &ret->delivery);
}

bool
mail_tag_is(const struct secret *s, const struct mail_tag *t, const struct uuid *tenant)
{
	unsigned char mac[MAC_LEN];

	sign(s, t->kind, tenant, &t->delivery, mac);
	return strcmp(tenant->z + UUID_LEN - MAIL_TAG_TENANT, t->tenant_end) == 0 &&
	       equal_secret((struct str){ (const char *)mac, sizeof(t->mac) },
			    (struct str){ (const char *)t->mac, sizeof(t->mac) });
}

const char *
mail_tag_address(struct arena *a, const char *address, const char *tag)
{
	const char *at = strrchr(address, '@');

	return arena_printf(a, "%.*s+%s%s", (int)(at - address), address, tag, at);
}

bool
mail_tag_room(const char *address)
{
	const char *at = strrchr(address, '@');

	return at && at - address <= MAIL_LOCAL_MAX &&
	       !memchr(address, '+', (size_t)(at - address));
}
