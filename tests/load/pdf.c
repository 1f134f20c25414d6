/*
 * pdf.c - how long one PDF takes once the fonts are loaded.
 *
 *	pdf [-n ROUNDS] FILE.json [OUT.pdf [LOGO.png]]
 *
 * Renders the data so many times (40) and prints one line of JSON: the first time and the median in
 * milliseconds.
 */
#include <billfold/document.h>

#include <time.h>

enum { ROUNDS_MAX = 40 };

static struct str
read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *buf = arena_alloc(a, 4 << 20);
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	n = fread(buf, 1, 4 << 20, f);
	fclose(f);
	return (struct str){ buf, n };
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0), *work = arena_new(0);
	double took[ROUNDS_MAX], first;
	int64_t rounds = ROUNDS_MAX;
	struct json_object *doc;
	struct str pdf = { 0 }, logo = { 0 };
	struct err err = { 0 };

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		if (!str_to_int(str_from(argv[2]), 1, ROUNDS_MAX, &rounds))
			return 2;
		argv += 2;
		argc -= 2;
	}
	if (argc < 2 || jscan_parse(a, read_file(a, argv[1]), &doc, &err) < 0)
		return 1;
	if (argc > 3)
		logo = read_file(a, argv[3]);
	for (int i = 0; i < rounds; i++) {
		double from = now_ms();

		arena_reset(work);
		if (invoice_pdf(work, doc, logo, &pdf, &err) < 0) {
			fprintf(stderr, "%s %s\n", err.detail, err.cause);
			return 1;
		}
		took[i] = now_ms() - from;
	}
	first = took[0];
	if (argc > 2) {
		FILE *f = fopen(argv[2], "wb");

		if (!f || fwrite(pdf.p, 1, pdf.len, f) != pdf.len || fclose(f) != 0)
			return 1;
	}
	qsort(took, (size_t)rounds, sizeof(took[0]), by_size);
	printf("{\"name\": \"pdf_ms\", \"first\": %.2f, \"median\": %.2f, \"bytes\": %zu}\n", first,
	       took[rounds / 2], pdf.len);
	arena_free(work);
	arena_free(a);
	return 0;
}
