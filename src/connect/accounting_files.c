/*
 * accounting_files.c - journal entries as files: a CSV a batch, and beside it a JSON with control
 * totals.
 *
 * Each file appears whole: written beside its place, synced, renamed. The JSON comes last and
 * carries the CSV's SHA-256; a reader that waits for it never sees half a batch. The name is the
 * batch's id: posting the same batch again finds its own JSON and does nothing; another content
 * under the same id is refused. Amounts are decimals in the currency's places, base amounts empty
 * where no rate is known; text fields cannot become formulas in a spreadsheet.
 */
#include <billfold/connect.h>

#include <billfold/base/money.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CSV_MAX = 256 << 20, JSON_MAX = 65536 };

struct totals {
	size_t entries;
	int64_t base_debit, base_credit;
};

/* ---- content ---- */

/* RFC 4180; a leading =, +, -, @ is a formula to spreadsheets: a quote mark before it makes it
 * text. */
static void
add_text(struct sb *sb, const char *z)
{
	sb_addc(sb, '"');
	if (z && *z && strchr("=+-@\t\r", *z))
		sb_addc(sb, '\'');
	for (; z && *z; z++) {
		if (*z == '"')
			sb_addc(sb, '"');
		sb_addc(sb, *z == '\n' || *z == '\r' ? ' ' : *z);
	}
	sb_addc(sb, '"');
}

static void
add_amount(struct sb *sb, int64_t amount, int exponent)
{
	char text[DECIMAL_TEXT];

	money_format(amount, exponent, text);
	sb_addz(sb, text);
}

static int
add_line(struct sb *sb, const struct accounting_batch *b, const struct accounting_line *l,
	 struct totals *t, struct err *err)
{
	const char *const head[] = { l->entry_id,        l->entry_date,  l->document_kind,
				     l->document_number, l->document_id, l->account_code,
				     l->account_name,    l->customer };

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		add_text(sb, head[i]);
		sb_addc(sb, ',');
	}
	add_amount(sb, l->debit, l->exponent);
	sb_addc(sb, ',');
	add_amount(sb, l->credit, l->exponent);
	sb_addf(sb, ",%s,", l->currency);
	if (l->has_base)
		add_amount(sb, l->base_debit, b->base_exponent);
	sb_addc(sb, ',');
	if (l->has_base)
		add_amount(sb, l->base_credit, b->base_exponent);
	sb_addf(sb, ",%s,", b->base_currency);
	add_text(sb, l->memo);
	sb_addz(sb, "\r\n");
	if (money_add(t->base_debit, l->base_debit, &t->base_debit, err) < 0)
		return -1;
	return money_add(t->base_credit, l->base_credit, &t->base_credit, err);
}

static int
make_csv(struct arena *a, const struct accounting_batch *b, struct str *ret, struct totals *t,
	 struct err *err)
{
	struct sb sb;

	*t = (struct totals){ 0 };
	sb_init(&sb, a, CSV_MAX);
	sb_addz(&sb,
		"entry_id,entry_date,document_kind,document_number,document_id,account_code,"
		"account_name,"
		"customer,debit,credit,currency,base_debit,base_credit,base_currency,memo\r\n");
	for (size_t i = 0; i < b->n; i++) {
		if (!i || strcmp(b->lines[i].entry_id, b->lines[i - 1].entry_id) != 0)
			t->entries++;
		if (add_line(&sb, b, &b->lines[i], t, err) < 0)
			return -1;
	}
	if (t->base_debit != t->base_credit)
		return err_set(err, ERR_unbalanced_entry, "batch %s does not balance", b->id);
	if (!sb_ok(&sb))
		return err_set(err, ERR_payload_too_large, "batch %s is too large", b->id);
	*ret = sb_str(&sb);
	return 0;
}

static struct str
make_json(struct arena *a, const struct accounting_batch *b, const struct totals *t,
	  const char *sha256)
{
	struct jw w;
	struct sb number;

	jw_init(&w, a, JSON_MAX);
	jw_object(&w);
	jw_kstr(&w, "batch", b->id);
	jw_kstr(&w, "tenant", b->tenant);
	jw_kstr(&w, "entity", b->entity);
	jw_kstr(&w, "file", arena_printf(a, "journal-%s.csv", b->id));
	jw_kstr(&w, "sha256", sha256);
	jw_kint(&w, "entries", (int64_t)t->entries);
	jw_kint(&w, "lines", (int64_t)b->n);
	jw_kstr(&w, "base_currency", b->base_currency);
	sb_init(&number, a, 64);
	add_amount(&number, t->base_debit, b->base_exponent);
	jw_kstr(&w, "base_debit", sb_z(&number));
	sb_init(&number, a, 64);
	add_amount(&number, t->base_credit, b->base_exponent);
	jw_kstr(&w, "base_credit", sb_z(&number));
	jw_end_object(&w);
	sb_addc(&w.sb, '\n');
	return sb_str(&w.sb);
}

/* ---- files ---- */

static int
failed(struct err *err, const char *what, const char *path)
{
	int e = errno;

	err_set(err, ERR_unavailable, "the export directory is away");
	err_cause(err, "accounting files: %s %s: %s", what, path, strerror(e));
	return -1;
}

static int
sync_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc < 0 ? failed(err, "sync", path) : 0;
}

static int
write_whole(struct arena *a, const char *dir, const char *path, struct str bytes, struct err *err)
{
	const char *tmp = arena_printf(a, "%s.%s.tmp", path, uuid_new().z);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	bool ok = fd >= 0;

	for (size_t done = 0; ok && done < bytes.len;) {
		ssize_t n = write(fd, bytes.p + done, bytes.len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			ok = false;
	}
	ok = ok && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!ok || rename(tmp, path) < 0) {
		failed(err, "write", path);
		unlink(tmp);
		return -1;
	}
	return sync_dir(dir, err);
}

/* 1: the same bytes are there, 0: nothing is there, -1: something else is. */
static int
compare(struct arena *a, const char *path, struct str bytes)
{
	FILE *f = fopen(path, "rbe");
	char *buf;
	size_t n;

	if (!f)
		return 0;
	buf = arena_alloc(a, bytes.len + 1);
	n = fread(buf, 1, bytes.len + 1, f);
	fclose(f);
	return n == bytes.len && memcmp(buf, bytes.p, n) == 0 ? 1 : -1;
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n && !s[n] && n < 100;
}

static int
post(const struct accounting *self, struct arena *a, const struct accounting_batch *b,
     struct accounting_receipt *ret, struct err *err)
{
	const char *dir = arena_printf(a, "%s/%s", self->root, b->tenant);
	const char *csv_path = arena_printf(a, "%s/journal-%s.csv", dir, b->id);
	const char *json_path = arena_printf(a, "%s/journal-%s.json", dir, b->id);
	char sha256[SHA256_HEX];
	struct totals totals;
	struct str csv, json;
	int there;

	if (!is_name(b->id) || !is_name(b->tenant))
		return err_set(err, ERR_internal, "the batch has no proper id");
	if (make_csv(a, b, &csv, &totals, err) < 0)
		return -1;
	sha256_hex(csv, sha256);
	json = make_json(a, b, &totals, sha256);
	ret->ref = arena_printf(a, "journal-%s.csv", b->id);
	there = compare(a, json_path, json);
	ret->repeated = there > 0;
	if (there < 0)
		return err_set(err, ERR_conflict, "batch %s was posted with another content",
			       b->id);
	if (there > 0)
		return 0;
	if (mkdir(self->root, 0750) < 0 && errno != EEXIST)
		return failed(err, "make", self->root);
	if (mkdir(dir, 0750) == 0) {
		if (sync_dir(self->root, err) < 0)
			return -1;
	} else if (errno != EEXIST) {
		return failed(err, "make", dir);
	}
	if (write_whole(a, dir, csv_path, csv, err) < 0)
		return -1;
	return write_whole(a, dir, json_path, json, err);
}

struct accounting
accounting_files(const char *root)
{
	return (struct accounting){ .name = "files", .post = post, .root = root };
}
