/*
 * store_test.c - files by content: whole or not at all, the same for ever, each tenant's own.
 */
#include <billfold/document.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ANNA "0192a000-0000-7000-8000-00000000000a"
#define BERT "0192a000-0000-7000-8000-00000000000b"

static struct arena *a;
static char root[40];
static struct file_store s;

/* What the store does to the disk, in its order: 'f' a file is synced, 'd' a directory, 'r' a
 * rename. */
static char done[40];
static char fails; /* the one of them that fails */

int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);

static bool
note(char what)
{
	size_t n = strlen(done);

	if (n + 1 < sizeof(done))
		done[n] = what;
	errno = EIO;
	return what != fails;
}

int
__wrap_fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return note(S_ISDIR(st.st_mode) ? 'd' : 'f') ? __real_fsync(fd) : -1;
}

int
__wrap_rename(const char *from, const char *to)
{
	return note('r') ? __real_rename(from, to) : -1;
}

static void
what_is_put_is_there(void **state)
{
	static const char bytes[] = "%PDF-1.5 \0 with a zero";
	struct str in = { bytes, sizeof(bytes) }, out;
	char one[SHA256_HEX], two[SHA256_HEX], hash[SHA256_HEX];
	struct err err = { 0 };
	struct stat st;

	assert_int_equal(s.put(&s, ANNA, in, one, &err), 0);
	sha256_hex(in, hash);
	assert_string_equal(one, hash);
	assert_int_equal(s.get(&s, a, ANNA, one, 1000, &out, &err), 0);
	assert_true(str_eq(in, out));
	assert_int_equal(s.put(&s, ANNA, in, two, &err), 0);
	assert_string_equal(one, two);
	assert_int_equal(stat(arena_printf(a, "%s/%s/%.2s/%.2s/%s", root, ANNA, one, one + 2, one),
			      &st),
			 0);
	assert_int_equal(st.st_mode & 0777, 0440);
	(void)state;
}

/* The file before it has its name; then its directory, and before it those above: all may be new.
 */
static void
all_is_synced_before_it_is_said_to_be_there(void **state)
{
	struct file_store fresh = file_store_local(arena_printf(a, "%s/fresh", root));
	char hash[SHA256_HEX];
	struct err err = { 0 };

	memset(done, 0, sizeof(done));
	assert_int_equal(fresh.put(&fresh, ANNA, STR("new"), hash, &err), 0);
	assert_string_equal(done, "ddddfrd");
	/* another may have put it, and not synced it yet */
	memset(done, 0, sizeof(done));
	assert_int_equal(fresh.put(&fresh, ANNA, STR("new"), hash, &err), 0);
	assert_string_equal(done, "ddddd");
	(void)state;
}

static void
a_disk_that_fails_has_stored_nothing(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct str out;

	for (const char *p = "frd"; *p; p++) {
		struct str in = { p, 1 };

		fails = *p;
		err_clear(&err);
		assert_int_equal(s.put(&s, BERT, in, hash, &err), -1);
		assert_int_equal(err.code, ERR_unavailable);
		assert_non_null(strstr(err.cause, strerror(EIO)));
		fails = 0;
		assert_int_equal(s.get(&s, a, BERT, hash, 10, &out, &err), -1);
		assert_int_equal(err.code, ERR_not_found);
		assert_int_equal(s.put(&s, BERT, in, hash, &err), 0);
		assert_int_equal(s.get(&s, a, BERT, hash, 10, &out, &err), 0);
	}
	(void)state;
}

static void
put_twice_is_written_once(void **state)
{
	char hash[SHA256_HEX];
	struct stat first, second;
	struct err err = { 0 };
	const char *path;

	assert_int_equal(s.put(&s, ANNA, STR("once"), hash, &err), 0);
	path = arena_printf(a, "%s/%s/%.2s/%.2s/%s", root, ANNA, hash, hash + 2, hash);
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(s.put(&s, ANNA, STR("once"), hash, &err), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	/* of another length it is none of ours: the right one takes its place */
	assert_int_equal(truncate(path, 2), 0);
	assert_int_equal(s.put(&s, ANNA, STR("once"), hash, &err), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(second.st_size, 4);
	assert_int_not_equal(first.st_ino, second.st_ino);
	(void)state;
}

static void
a_place_is_looked_at_and_left_as_it_is(void **state)
{
	struct file_store later = file_store_local(arena_printf(a, "%s/later", root));
	struct file_store nowhere = file_store_local("/proc/no/such/place");
	struct err err = { 0 };

	assert_int_equal(s.check(&s, a, &err), 0);
	assert_int_equal(later.check(&later, a, &err), 0);
	assert_int_equal(access(later.root, F_OK), -1);
	assert_int_equal(nowhere.check(&nowhere, a, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	(void)state;
}

static void
nobody_reads_the_files_of_another_tenant(void **state)
{
	char hash[SHA256_HEX];
	struct str out;
	struct err err = { 0 };

	assert_int_equal(s.put(&s, ANNA, STR("secret"), hash, &err), 0);
	assert_int_equal(s.get(&s, a, BERT, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	assert_int_equal(s.get(&s, a, "../" ANNA, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	assert_int_equal(s.get(&s, a, ANNA, "../../../../etc/passwd", 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_not_found);
	(void)state;
}

static void
a_damaged_file_is_not_handed_out(void **state)
{
	char hash[SHA256_HEX];
	const char *path;
	struct str out;
	struct err err = { 0 };
	FILE *f;

	assert_int_equal(s.put(&s, ANNA, STR("what was signed"), hash, &err), 0);
	path = arena_printf(a, "%s/%s/%.2s/%.2s/%s", root, ANNA, hash, hash + 2, hash);
	assert_int_equal(chmod(path, 0640), 0);
	f = fopen(path, "w");
	fputs("what was forged", f);
	fclose(f);
	assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_internal);
	assert_null(out.p);
	(void)state;
}

static void
what_is_no_file_is_named_as_what_it_is(void **state)
{
	char hash[SHA256_HEX];
	const char *path;
	struct str out;
	struct err err = { 0 };

	assert_int_equal(s.put(&s, ANNA, STR("a file"), hash, &err), 0);
	path = arena_printf(a, "%s/%s/%.2s/%.2s/%s", root, ANNA, hash, hash + 2, hash);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	errno = 0;
	assert_int_equal(s.get(&s, a, ANNA, hash, 1000, &out, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	assert_non_null(strstr(err.cause, "Is a directory"));
	assert_int_equal(rmdir(path), 0);
	(void)state;
}

static void
limits_and_places_that_are_away(void **state)
{
	struct file_store nowhere = file_store_local("/proc/no/such/place");
	char hash[SHA256_HEX];
	struct str out;
	struct err err = { 0 };

	assert_int_equal(s.put(&s, ANNA, STR("0123456789"), hash, &err), 0);
	assert_int_equal(s.get(&s, a, ANNA, hash, 9, &out, &err), -1);
	assert_int_equal(err.code, ERR_payload_too_large);
	assert_int_equal(nowhere.put(&nowhere, ANNA, STR("x"), hash, &err), -1);
	assert_int_equal(err.code, ERR_unavailable);
	(void)state;
}

static void
remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		const char *child = arena_printf(a, "%s/%s", path, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR)
			remove_tree(child);
		else
			unlink(child);
	}
	closedir(d);
	rmdir(path);
}

/* What was being written when a process died has a name of its own; nothing else is left over. */
static void
nothing_is_left_beside(void **state)
{
	char hash[SHA256_HEX];
	struct err err = { 0 };
	struct dirent *e;
	DIR *d;

	assert_int_equal(s.put(&s, BERT, STR("tidy"), hash, &err), 0);
	d = opendir(arena_printf(a, "%s/%s/%.2s/%.2s", root, BERT, hash, hash + 2));
	while ((e = readdir(d)) != NULL)
		assert_true(e->d_name[0] == '.' ? strlen(e->d_name) < 3
						: strcmp(e->d_name, hash) == 0);
	closedir(d);
	(void)state;
}

static int
setup(void **state)
{
	struct err err = { 0 };

	a = arena_new(0);
	snprintf(root, sizeof(root), "/tmp/billfold-store-XXXXXX");
	assert_non_null(mkdtemp(root));
	s = file_store_local(root);
	(void)state;
	return crypto_init(&err);
}

static int
teardown(void **state)
{
	remove_tree(root);
	arena_free(a);
	(void)state;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_there),
		cmocka_unit_test(all_is_synced_before_it_is_said_to_be_there),
		cmocka_unit_test(a_disk_that_fails_has_stored_nothing),
		cmocka_unit_test(put_twice_is_written_once),
		cmocka_unit_test(a_place_is_looked_at_and_left_as_it_is),
		cmocka_unit_test(nobody_reads_the_files_of_another_tenant),
		cmocka_unit_test(a_damaged_file_is_not_handed_out),
		cmocka_unit_test(what_is_no_file_is_named_as_what_it_is),
		cmocka_unit_test(limits_and_places_that_are_away),
		cmocka_unit_test(nothing_is_left_beside),
	};

	return cmocka_run_group_tests_name("store", tests, setup, teardown);
}
