/*
 * mail_fuzz.c - whatever stands in names, subjects and texts, a mail has the headers that we gave
 * it, each once, and its lines end as SMTP wants them.
 */
#include "fuzz.h"

#include <billfold/document.h>

static int
header_lines(struct str mail, const char *name)
{
	int n = 0;
	size_t len = strlen(name);
	struct str rest = mail, line;

	while (rest.len) {
		line = str_cut(rest, '\n', &rest);
		if (line.len == 0 || (line.len == 1 && line.p[0] == '\r'))
			break;
		n += line.len > len && strncasecmp(line.p, name, len) == 0 && line.p[len] == ':';
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	struct mail m = { .message_id = "0192a000-0000-7000-8000-000000000001@billfold.example",
			  .from = { "Seller", "billing@seller.example" } };
	struct err err = { 0 };
	struct str out;

	m.date = (int64_t)input_bits(&in, 4) * 1000000;
	m.to.name = str_dup(a, input_until(&in, '\0'));
	m.to.address = str_dup(a, input_until(&in, '\0'));
	if (!mail_address_ok(str_from(m.to.address)))
		m.to.address = "payer@buyer.example";
	m.subject = str_dup(a, input_until(&in, '\0'));
	m.text = input_until(&in, '\0');
	m.html = input_rest(&in);
	/* What the database holds is UTF-8. */
	if (!str_is_utf8(str_from(m.to.name)) || !str_is_utf8(str_from(m.subject)) ||
	    !str_is_utf8(m.text) || !str_is_utf8(m.html))
		goto done;
	if (mail_build(a, &m, &out, &err) == 0) {
		MUST(header_lines(out, "Subject") <= 1 && header_lines(out, "To") == 1);
		MUST(header_lines(out, "From") == 1 && header_lines(out, "Message-ID") == 1);
		MUST(header_lines(out, "Bcc") == 0 && header_lines(out, "Cc") == 0);
		for (size_t i = 0; i < out.len; i++) {
			MUST((unsigned char)out.p[i] < 0x80 && out.p[i] != '\0');
			MUST(out.p[i] != '\n' || (i > 0 && out.p[i - 1] == '\r'));
		}
	} else {
		MUST(err.code == ERR_validation_failed);
	}
done:
	arena_free(a);
	return 0;
}
