/*
 * memory_test.c - arenas, vectors and builders: what is handed out is zero, aligned and lasts;
 * clean-ups run once, the last first; caps hold.
 */
#include <billfold/base.h>

#include <setjmp.h>
#include <cmocka.h>

static char order[8];
static size_t order_n;

static void
note(void *arg)
{
	order[order_n++] = *(const char *)arg;
}

static void
cleanups_run_last_first_and_once(void **state)
{
	struct arena *a = arena_new(64);

	(void)state;
	order_n = 0;
	arena_defer(a, note, (char[]){ "a" });
	arena_defer(a, note, (char[]){ "b" });
	arena_reset(a);
	assert_memory_equal(order, "ba", 2);
	arena_defer(a, note, (char[]){ "c" });
	arena_free(a);
	assert_int_equal(order_n, 3);
	arena_free(NULL);
}

static void
memory_is_zero_and_aligned_also_after_a_reset(void **state)
{
	static const char zero[5000];
	struct arena *a = arena_new(128);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 5000; size = size * 3 + 1) {
			char *p = arena_alloc(a, size);

			assert_int_equal((uintptr_t)p % 16, 0);
			assert_memory_equal(p, zero, size);
			memset(p, 0xff, size);
		}
		arena_reset(a);
	}
	arena_free(a);
}

static void
a_vector_grows_and_keeps_its_elements(void **state)
{
	struct arena *a = arena_new(0);
	VEC(int64_t) v = { 0 };

	(void)state;
	for (int64_t i = 0; i < 10000; i++) {
		int64_t *p = vec_push(a, &v);

		assert_int_equal(*p, 0);
		*p = i;
	}
	assert_int_equal(v.n, 10000);
	for (size_t i = 0; i < v.n; i++)
		assert_int_equal(v.v[i], (int64_t)i);
	arena_free(a);
}

static void
a_builder_keeps_what_fits_and_says_so(void **state)
{
	struct arena *a = arena_new(0);
	struct sb sb;

	(void)state;
	sb_init(&sb, a, 10);
	sb_addz(&sb, "12345");
	sb_addf(&sb, "%d", 67890);
	assert_true(sb_ok(&sb));
	assert_string_equal(sb_z(&sb), "1234567890");
	sb_addc(&sb, 'x');
	assert_false(sb_ok(&sb));
	assert_string_equal(sb_z(&sb), "1234567890");
	sb_init(&sb, a, 8);
	sb_addf(&sb, "%s", "123456789");
	assert_false(sb_ok(&sb));
	assert_string_equal(sb_z(&sb), "");
	sb_init(&sb, a, 1 << 20);
	for (int i = 0; i < 5000; i++)
		sb_addf(&sb, "%04d", i);
	assert_int_equal(sb_str(&sb).len, 20000);
	assert_memory_equal(sb_z(&sb) + 19996, "4999", 5);
	arena_free(a);
}

static void
a_fixed_builder_never_allocates(void **state)
{
	char buf[4];
	struct sb sb;

	(void)state;
	sb_fixed(&sb, buf, sizeof(buf));
	sb_addz(&sb, "abc");
	assert_true(sb_ok(&sb));
	sb_addc(&sb, 'd');
	assert_false(sb_ok(&sb));
	assert_string_equal(sb_z(&sb), "abc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleanups_run_last_first_and_once),
		cmocka_unit_test(memory_is_zero_and_aligned_also_after_a_reset),
		cmocka_unit_test(a_vector_grows_and_keeps_its_elements),
		cmocka_unit_test(a_builder_keeps_what_fits_and_says_so),
		cmocka_unit_test(a_fixed_builder_never_allocates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
