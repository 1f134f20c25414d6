/*
 * pay_link.c - the link on an invoice: who has it may see and pay that one invoice.
 */
#include <billfold/document.h>

#include <inttypes.h>

enum { SECRET_LEN = 43 }; /* 256 bits in base64url */

const char *
pay_link_token(struct arena *a, const struct secret *s, const char *tenant, const char *invoice_id,
	       int64_t generation)
{
	const char *msg = arena_printf(a, "%s|%s|%" PRId64, tenant, invoice_id, generation);
	unsigned char mac[MAC_LEN];

	secret_mac(s, "pay_link", str_from(msg), mac);
	return arena_printf(a, "%s.%s", tenant,
			    base64url_encode(a, (struct str){ (const char *)mac, sizeof(mac) }));
}

const char *
pay_link_url(struct arena *a, const char *public_url, const char *token)
{
	return arena_printf(a, "%s/pay/%s", public_url, token);
}

bool
pay_link_parse(struct str token, struct uuid *ret_tenant, char ret_hash[SHA256_HEX])
{
	struct str secret, tenant = str_cut(token, '.', &secret);

	if (tenant.len != UUID_LEN || secret.len != SECRET_LEN || !uuid_parse(tenant, ret_tenant))
		return false;
	sha256_hex(token, ret_hash);
	return true;
}
