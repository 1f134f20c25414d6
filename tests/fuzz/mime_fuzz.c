/*
 * mime_fuzz.c - whatever comes by mail: what is read of it is bounded, plain, and leads to no
 * delivery but by a tag that we signed.
 */
#include "fuzz.h"

#include <billfold/crypto.h>
#include <billfold/document/mail_in.h>

#include <unistd.h>

static void
must_be_text(const char *z, size_t max, bool lines)
{
	struct str s = str_from(z);

	MUST(z != NULL && s.len <= max && str_is_utf8(s));
	for (size_t i = 0; i < s.len; i++)
		MUST((unsigned char)s.p[i] >= 0x20 || (lines && strchr("\n\t", s.p[i])));
}

static const struct secret *
a_secret(void)
{
	static const struct secret *kept;
	static const char key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	char file[] = "/tmp/billfold-mime-XXXXXX";
	struct err err = { 0 };
	int fd;

	if (kept)
		return kept;
	fd = mkstemp(file);
	MUST(fd >= 0 && write(fd, key, sizeof(key) - 1) > 0 && close(fd) == 0);
	MUST(crypto_init(&err) == 0 && secret_load(file, &kept, &err) == 0);
	unlink(file);
	return kept;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uuid tenant = { "0193a000-0000-7000-8000-00000000000a" };
	struct arena *a = arena_new(0);
	struct mail_in m;

	mail_read(a, (struct str){ (const char *)data, size }, &m);
	must_be_text(m.sender, 320, false);
	must_be_text(m.sender_name, MAIL_IN_NAME, false);
	must_be_text(m.subject, MAIL_IN_SUBJECT, false);
	must_be_text(m.text, MAIL_IN_TEXT, true);
	if (m.message_id)
		must_be_text(m.message_id, 300, false);
	if (m.status)
		must_be_text(m.status, 11, false);
	if (m.diagnostic)
		must_be_text(m.diagnostic, 500, false);
	MUST(m.kind >= MAIL_IN_REPLY && m.kind <= MAIL_IN_NOTICE);
	MUST(!m.hard || m.kind == MAIL_IN_BOUNCE);
	MUST(m.n_files >= 0 && m.n_files <= MAIL_IN_FILES);
	MUST(m.n_tags >= 0 && m.n_tags <= MAIL_IN_TAGS);
	for (int i = 0; i < m.n_files; i++) {
		must_be_text(m.files[i].name, 200, false);
		must_be_text(m.files[i].media_type, 100, false);
	}
	/* The secret of these seeds is known to nobody who writes a mail. */
	for (int i = 0; i < m.n_tags; i++)
		MUST(!mail_tag_is(a_secret(), &m.tags[i], &tenant));
	arena_free(a);
	return 0;
}
