/*
 * log.c - one JSON object a line on stderr.
 *
 * A line is built in a buffer on the stack and leaves by one write(2), so that the lines
 * of workers that share stderr do not mix and nothing is allocated while memory is short.
 * Values past VALUE_MAX bytes are cut, pairs that no longer fit are left out whole; a line
 * is always complete JSON. Program name, threshold and bound pairs are the only state.
 */
#include <billfold/base/date.h>
#include <billfold/base/log.h>
#include <billfold/base/str.h>

#include <errno.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, VALUE_MAX = 1024, BOUND_MAX = 8, KEY_TEXT = 32, BOUND_TEXT = 128 };

struct bound {
	char key[KEY_TEXT];
	char value[BOUND_TEXT];
};

static struct {
	char program[KEY_TEXT];
	enum log_level least;
	struct bound bound[BOUND_MAX];
} log_state = { .program = "billfold", .least = LOG_INFO };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void
log_open(const char *program, enum log_level least)
{
	snprintf(log_state.program, sizeof(log_state.program), "%s", program);
	log_state.least = least;
}

int
log_level_by_name(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(level_names[i], name) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

void
log_bind(const char *key, const char *value)
{
	struct bound *slot = NULL;

	for (size_t i = 0; i < BOUND_MAX; i++) {
		struct bound *b = &log_state.bound[i];

		if (strcmp(b->key, key) == 0) {
			slot = b;
			break;
		}
		if (!slot && !b->key[0])
			slot = b;
	}
	if (!slot)
		return;
	if (!value) {
		slot->key[0] = '\0';
		return;
	}
	snprintf(slot->key, sizeof(slot->key), "%s", key);
	snprintf(slot->value, sizeof(slot->value), "%s", value);
}

/* ,"key":"value", or nothing when it does not fit. */
static void
add_pair(struct sb *sb, const char *key, const char *value)
{
	size_t before = sb->len;
	struct str v = str_from(value);

	if (v.len > VALUE_MAX)
		v.len = VALUE_MAX;
	sb_addc(sb, ',');
	sb_add_json(sb, str_from(key));
	sb_addc(sb, ':');
	sb_add_json(sb, v);
	if (!sb_ok(sb)) {
		sb->len = before;
		sb->overflow = false;
	}
}

static void
write_line(const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nowhere left to say it */
		p += n;
		len -= (size_t)n;
	}
}

void
log_event(enum log_level level, const char *msg, ...)
{
	char line[LINE_MAX_BYTES], when[INSTANT_TEXT];
	int saved = errno;
	const char *key;
	struct sb sb;
	va_list ap;

	if (level < log_state.least)
		return;
	sb_fixed(&sb, line, sizeof(line) - 2);
	instant_format(instant_now(), when);
	sb_addf(&sb, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":", when, level_names[level]);
	sb_add_json(&sb, str_from(log_state.program));
	sb_addf(&sb, ",\"pid\":%ld", (long)getpid());
	add_pair(&sb, "msg", msg);
	for (size_t i = 0; i < BOUND_MAX; i++)
		if (log_state.bound[i].key[0])
			add_pair(&sb, log_state.bound[i].key, log_state.bound[i].value);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (value)
			add_pair(&sb, key, value);
	}
	va_end(ap);
	line[sb.len] = '}';
	line[sb.len + 1] = '\n';
	write_line(line, sb.len + 2);
	errno = saved;
}
