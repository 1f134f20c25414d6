/*
 * cursor_fuzz.c - a cursor that we did not write for this list is refused; the one that we did
 * leads to the same place.
 */
#include "fuzz.h"

#include <billfold/resource/cursor.h>

#include <unistd.h>

static struct app app;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char file[] = "/tmp/billfold-fuzz-XXXXXX";
	int fd = mkstemp(file);
	struct err err = { 0 };

	(void)argc, (void)argv;
	MUST(fd >= 0 && crypto_init(&err) == 0);
	close(fd);
	unlink(file);
	MUST(secret_create(file, &err) == 0 && secret_load(file, &app.secret, &err) == 0);
	unlink(file);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct call c = { .arena = a, .app = &app };
	struct input in = { data, size };
	size_t at = input_bits(&in, 2);
	struct str context = input_until(&in, '\n'), text;
	struct cursor none, same, cur = { .id = "0192a000-0000-7000-8000-000000000001" };
	char *changed;

	if (in.left)
		cur.key = str_dup(a, input_until(&in, '\n'));
	text = str_from(cursor_write(&c, &cur, context));
	MUST(!cursor_read(&c, input_rest(&in), context, &none));
	if (cursor_read(&c, text, context, &same)) {
		MUST(strcmp(same.id, cur.id) == 0);
		MUST((same.key == NULL) == (cur.key == NULL));
		MUST(!cur.key || strcmp(same.key, cur.key) == 0);
	}
	MUST(!cursor_read(&c, text, STR("another list"), &none));
	changed = str_dup(a, text);
	changed[at % text.len] = changed[at % text.len] == 'A' ? 'B' : 'A';
	/* The last character may hold bits that decoding drops: a different text, the same bytes.
	 */
	if (at % text.len + 1 < text.len && changed[at % text.len] != text.p[at % text.len])
		MUST(!cursor_read(&c, str_from(changed), context, &none));
	arena_free(a);
	return 0;
}
