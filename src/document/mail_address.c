/*
 * mail_address.c - names and addresses as they go over the wire.
 *
 * People paste what they have: a name with a line end in it is made one line, since a mail that
 * does not go out for it helps nobody.
 *
 * A server that does not speak SMTPUTF8 (RFC 6531) takes ASCII alone, so a domain of other letters
 * goes out as its A-labels. IDNA 2008 and not 2003: those are different domains where a name has a
 * sharp s, and mail to the one must not reach the owner of the other.
 */
#include <billfold/document.h>

#include <unicode/uidna.h>

enum { ADDRESS_MAX = 254, DOMAIN_MAX = 254, LINE_MAX_BYTES = 4096 };

bool
mail_address_ok(struct str address)
{
	size_t at = address.len;

	if (address.len < 3 || address.len > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < address.len; i++) {
		unsigned char c = (unsigned char)address.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("<>()[],;:\\\"", c))
			return false;
		if (c == '@') {
			if (at != address.len)
				return false;
			at = i;
		}
	}
	return at > 0 && at + 1 < address.len && address.p[at + 1] != '.' &&
	       address.p[address.len - 1] != '.';
}

static const char *
domain_ascii(struct arena *a, struct str domain)
{
	UErrorCode failed = U_ZERO_ERROR;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	char ascii[DOMAIN_MAX];
	UIDNA *idna = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
					  UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII,
				      &failed);
	int32_t n = uidna_nameToASCII_UTF8(idna, domain.p, (int32_t)domain.len, ascii,
					   sizeof(ascii), &info, &failed);

	uidna_close(idna);
	return U_FAILURE(failed) || info.errors ? NULL : arena_strndup(a, ascii, (size_t)n);
}

const char *
mail_address_wire(struct arena *a, const char *address)
{
	const char *at = strrchr(address, '@'), *domain = NULL;

	if (at && !mail_address_ok(str_from(address)))
		domain = domain_ascii(a, str_from(at + 1));
	return domain ? arena_printf(a, "%.*s@%s", (int)(at - address), address, domain) : address;
}

const char *
mail_line(struct arena *a, const char *text)
{
	struct sb sb;
	bool gap = false;

	if (!text)
		return NULL;
	sb_init(&sb, a, LINE_MAX_BYTES);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= 0x20 || c == 0x7f) {
			gap = sb.len > 0;
			continue;
		}
		if (gap)
			sb_addc(&sb, ' ');
		gap = false;
		sb_addc(&sb, (char)c);
	}
	return sb_z(&sb);
}
