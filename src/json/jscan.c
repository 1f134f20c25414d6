/*
 * jscan.c - a strict reader of RFC 8259 that builds json-c objects.
 *
 * json-c's own tokener takes single quotes, NaN, comments, doubled keys and \u0000 even
 * in strict mode, and clamps large integers. So the grammar is read here, and json-c is
 * handed finished values: an integer within int64 as int, every other number as a double
 * that carries its text and is written back by it. Nothing here reads the double.
 *
 * Refused: a byte order mark, bytes that are not UTF-8, NUL and lone surrogates in any
 * spelling, control characters in strings, a key twice in one object (compared after its
 * escapes are read), depth over JSON_DEPTH_MAX, more than JSON_MEMBERS_MAX members and
 * elements, numbers of over NUMBER_MAX bytes, anything after the value.
 *
 * Recursion is bounded by the depth. Doubled keys are found by sorting an object's
 * keys at its end: no hash that a sender could make collide.
 */
#include <billfold/base/vec.h>
#include <billfold/json.h>

enum { NUMBER_MAX = 400, FEW_KEYS = 12, POINTER_MAX = 256 };

struct key {
	struct str text;
	size_t at;
};

/* Where in the document: a member's name, or an element's index. */
struct step {
	struct str key;
	size_t index;
	bool in_array;
};

struct scan {
	struct arena *a;
	struct str text;
	size_t at;
	size_t members;
	bool build;
	int depth;
	struct step path[JSON_DEPTH_MAX];
	VEC(struct key) keys; /* of all open objects, innermost last */
	struct err *err;
};

static int
refuse(struct scan *s, size_t at, const char *why)
{
	return err_set(s->err, ERR_bad_json, "Byte %zu: %s.", at, why);
}

/* json-c returns NULL only when memory is out. */
static struct json_object *
need(struct json_object *o)
{
	if (!o)
		abort();
	return o;
}

static int
peek(const struct scan *s)
{
	return s->at < s->text.len ? (unsigned char)s->text.p[s->at] : -1;
}

static void
skip_space(struct scan *s)
{
	while (s->at < s->text.len) {
		char c = s->text.p[s->at];

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return;
		s->at++;
	}
}

static int
refuse_doubled(struct scan *s, struct key k)
{
	char buf[POINTER_MAX];
	struct sb sb;

	sb_fixed(&sb, buf, sizeof(buf));
	for (int i = 0; i + 1 < s->depth; i++) {
		if (s->path[i].in_array)
			sb_addf(&sb, "/%zu", s->path[i].index);
		else
			pointer_step(&sb, s->path[i].key);
	}
	pointer_step(&sb, k.text);
	return err_set(s->err, ERR_bad_json, "Byte %zu: the key %s stands twice.", k.at, sb_z(&sb));
}

/* By length, then content, then place, so that of two equal keys the later is named. */
static int
key_cmp(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int c;

	if (a->text.len != b->text.len)
		return a->text.len < b->text.len ? -1 : 1;
	c = a->text.len ? memcmp(a->text.p, b->text.p, a->text.len) : 0;
	return c ? c : (a->at > b->at) - (a->at < b->at);
}

static int
check_doubled(struct scan *s, size_t first)
{
	struct key *k = s->keys.v + first;
	size_t n = s->keys.n - first;

	if (n <= FEW_KEYS) {
		for (size_t i = 1; i < n; i++)
			for (size_t j = 0; j < i; j++)
				if (str_eq(k[i].text, k[j].text))
					return refuse_doubled(s, k[i]);
		return 0;
	}
	qsort(k, n, sizeof(*k), key_cmp);
	for (size_t i = 1; i < n; i++)
		if (str_eq(k[i].text, k[i - 1].text))
			return refuse_doubled(s, k[i]);
	return 0;
}

/* Four hex digits at s->at; -1 when they are not. */
static int
hex4(struct scan *s)
{
	int v = 0;

	if (s->text.len - s->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s->text.p[s->at + (size_t)i];
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	s->at += 4;
	return v;
}

static size_t
utf8_put(char *p, int c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* After \u. */
static int
read_unicode(struct scan *s, int *ret)
{
	size_t at = s->at - 2;
	int c = hex4(s), low;

	if (c < 0)
		return refuse(s, at, "\\u needs four hexadecimal digits");
	if (c == 0)
		return refuse(s, at, "NUL is not allowed");
	if (c >= 0xdc00 && c <= 0xdfff)
		return refuse(s, at, "a low surrogate without a high one");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (s->text.len - s->at < 6 || s->text.p[s->at] != '\\' ||
		    s->text.p[s->at + 1] != 'u')
			return refuse(s, at, "a high surrogate without a low one");
		s->at += 2;
		low = hex4(s);
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(s, at, "a high surrogate without a low one");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*ret = c;
	return 0;
}

/* s->at stands on a backslash; out takes up to 4 bytes, which is never more than was read. */
static int
read_escape(struct scan *s, char *out, size_t *ret_n)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	size_t at = s->at;
	const char *name;
	int c;

	s->at++;
	if (s->at == s->text.len)
		return refuse(s, at, "the string does not end");
	c = (unsigned char)s->text.p[s->at++];
	if (c == 'u') {
		if (read_unicode(s, &c))
			return -1;
		*ret_n = utf8_put(out, c);
		return 0;
	}
	name = c ? strchr(names, c) : NULL;
	if (!name)
		return refuse(s, at, "an escape that JSON does not have");
	out[0] = values[name - names];
	*ret_n = 1;
	return 0;
}

/* Length of the stretch at s->at that needs no decoding. */
static size_t
plain_run(struct scan *s)
{
	size_t at = s->at;

	while (at < s->text.len) {
		unsigned char c = (unsigned char)s->text.p[at];
		size_t n;

		if (c == '"' || c == '\\' || c < 0x20)
			break;
		n = c < 0x80 ? 1 : str_utf8_len((struct str){ s->text.p + at, s->text.len - at });
		if (n == 0)
			break;
		at += n;
	}
	return at - s->at;
}

/* s->at stands on the opening quote. A slice of the text when nothing is escaped. */
static int
read_string(struct scan *s, struct str *ret)
{
	size_t start = ++s->at, len;
	char *out = NULL;

	ret->p = s->text.p + start;
	ret->len = 0;
	for (;;) {
		size_t run = plain_run(s), n = 0;

		if (out)
			memcpy(out + ret->len, s->text.p + s->at, run);
		ret->len += run;
		s->at += run;
		if (s->at == s->text.len)
			return refuse(s, start - 1, "the string does not end");
		if (s->text.p[s->at] == '"')
			break;
		if (s->text.p[s->at] != '\\')
			return refuse(s, s->at,
				      (unsigned char)s->text.p[s->at] < 0x20
					  ? "a control character inside a string"
					  : "not UTF-8");
		if (!out) {
			/* The decoded string is no longer than its text, which ends by a quote. */
			for (len = s->at - start; start + len < s->text.len; len++) {
				if (s->text.p[start + len] == '\\')
					len++;
				else if (s->text.p[start + len] == '"')
					break;
			}
			out = arena_alloc(s->a, len + 1);
			memcpy(out, ret->p, ret->len);
		}
		if (read_escape(s, out + ret->len, &n))
			return -1;
		ret->len += n;
	}
	s->at++;
	if (out)
		ret->p = out;
	return 0;
}

static void
skip_digits(struct scan *s)
{
	while (s->at < s->text.len && s->text.p[s->at] >= '0' && s->text.p[s->at] <= '9')
		s->at++;
}

static int
need_digits(struct scan *s)
{
	size_t before = s->at;

	skip_digits(s);
	return s->at > before ? 0 : refuse(s, s->at, "a digit is missing");
}

static int
read_number(struct scan *s, struct json_object **ret)
{
	char z[NUMBER_MAX + 1];
	size_t start = s->at;
	bool whole = true;
	struct str text;
	int64_t n;

	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0') {
		s->at++;
		if (peek(s) >= '0' && peek(s) <= '9')
			return refuse(s, start, "a number with a leading zero");
	} else if (need_digits(s)) {
		return -1;
	}
	if (peek(s) == '.') {
		whole = false;
		s->at++;
		if (need_digits(s))
			return -1;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		whole = false;
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (need_digits(s))
			return -1;
	}
	text = (struct str){ s->text.p + start, s->at - start };
	if (text.len > NUMBER_MAX)
		return refuse(s, start, "a number that is too long");
	if (!s->build)
		return 0;
	if (whole && str_to_int(text, INT64_MIN, INT64_MAX, &n)) {
		*ret = need(json_object_new_int64(n));
		return 0;
	}
	memcpy(z, text.p, text.len);
	z[text.len] = '\0';
	*ret = need(json_object_new_double_s(strtod(z, NULL), z));
	return 0;
}

static int
count_member(struct scan *s)
{
	if (++s->members > JSON_MEMBERS_MAX)
		return refuse(s, s->at, "too many members");
	return 0;
}

static int read_value(struct scan *s, struct json_object **ret);

static int
read_member(struct scan *s, struct json_object *object)
{
	struct json_object *value = NULL;
	struct str key;
	size_t at;

	skip_space(s);
	at = s->at;
	if (peek(s) != '"')
		return refuse(s, at, "a key in double quotes is missing");
	if (read_string(s, &key))
		return -1;
	*vec_push(s->a, &s->keys) = (struct key){ key, at };
	s->path[s->depth - 1] = (struct step){ .key = key };
	skip_space(s);
	if (peek(s) != ':')
		return refuse(s, s->at, "a colon is missing");
	s->at++;
	if (count_member(s) || read_value(s, &value))
		return -1;
	if (s->build && json_object_object_add_ex(object, arena_strndup(s->a, key.p, key.len),
						  value, JSON_C_OBJECT_KEY_IS_CONSTANT))
		abort();
	return 0;
}

/* After an element or a member: 1 at a comma, 0 at the closing bracket, -1 otherwise. */
static int
more(struct scan *s, int closing)
{
	int c;

	skip_space(s);
	c = peek(s);
	if (c != ',' && c != closing)
		return refuse(s, s->at,
			      closing == '}' ? "a comma or } is missing"
					     : "a comma or ] is missing");
	s->at++;
	return c == ',';
}

static int
read_members(struct scan *s, struct json_object *object)
{
	size_t first = s->keys.n;
	int again;

	skip_space(s);
	if (peek(s) == '}') {
		s->at++;
		return 0;
	}
	do {
		if (read_member(s, object))
			return -1;
		again = more(s, '}');
	} while (again > 0);
	if (again < 0 || check_doubled(s, first))
		return -1;
	s->keys.n = first;
	return 0;
}

static int
read_elements(struct scan *s, struct json_object *array)
{
	size_t index = 0;
	int again;

	skip_space(s);
	if (peek(s) == ']') {
		s->at++;
		return 0;
	}
	do {
		struct json_object *value = NULL;

		s->path[s->depth - 1] = (struct step){ .in_array = true, .index = index++ };
		if (count_member(s) || read_value(s, &value))
			return -1;
		if (s->build && json_object_array_add(array, value))
			abort();
		again = more(s, ']');
	} while (again > 0);
	return again;
}

static int
read_container(struct scan *s, bool object, struct json_object **ret)
{
	struct json_object *o = NULL;
	int rc;

	if (s->depth == JSON_DEPTH_MAX)
		return refuse(s, s->at, "nested too deeply");
	s->depth++;
	s->at++;
	if (s->build)
		o = need(object ? json_object_new_object() : json_object_new_array());
	rc = object ? read_members(s, o) : read_elements(s, o);
	s->depth--;
	if (rc) {
		json_object_put(o);
		return -1;
	}
	*ret = o;
	return 0;
}

static int
read_word(struct scan *s, struct str word)
{
	if (!str_starts((struct str){ s->text.p + s->at, s->text.len - s->at }, word))
		return refuse(s, s->at, "not a JSON value");
	s->at += word.len;
	return 0;
}

static int
read_value(struct scan *s, struct json_object **ret)
{
	struct str text;
	int c;

	skip_space(s);
	c = peek(s);
	switch (c) {
	case '{':
	case '[':
		return read_container(s, c == '{', ret);
	case '"':
		if (read_string(s, &text))
			return -1;
		if (s->build)
			*ret = need(json_object_new_string_len(text.p, (int)text.len));
		return 0;
	case 't':
	case 'f':
		if (read_word(s, c == 't' ? STR("true") : STR("false")))
			return -1;
		if (s->build)
			*ret = need(json_object_new_boolean(c == 't'));
		return 0;
	case 'n':
		return read_word(s, STR("null"));
	case -1:
		return refuse(s, s->at, "the text ends where a value is due");
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return read_number(s, ret);
		return refuse(s, s->at, "not a JSON value");
	}
}

static int
read_document(struct scan *s, struct json_object **ret)
{
	if (str_starts(s->text, STR("\xef\xbb\xbf")))
		return refuse(s, 0, "a byte order mark is not allowed");
	if (s->text.len > INT32_MAX)
		return refuse(s, 0, "the text is too long");
	if (read_value(s, ret))
		return -1;
	skip_space(s);
	if (s->at < s->text.len) {
		json_object_put(*ret);
		*ret = NULL;
		return refuse(s, s->at, "something follows the value");
	}
	return 0;
}

int
jscan_parse(struct arena *a, struct str text, struct json_object **ret, struct err *err)
{
	struct scan s = { .a = a, .text = text, .build = true, .err = err };

	*ret = NULL;
	if (read_document(&s, ret))
		return -1;
	if (*ret)
		jval_own(a, *ret);
	return 0;
}

int
jscan_check(struct str text, struct err *err)
{
	struct scan s = { .a = arena_new(0), .text = text, .err = err };
	struct json_object *none = NULL;
	int rc = read_document(&s, &none);

	arena_free(s.a);
	return rc;
}
