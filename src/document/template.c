/*
 * template.c - a logic-less subset of mustache.
 *
 * A template is cut into a list of tokens in which every section knows its end, then the list is
 * run against JSON. Values are escaped for where they go, always; a value is never read as a
 * template, so that what a customer is called can change nothing. A section tag that has a line for
 * itself takes that line with it.
 *
 * Bounded: nesting, output, and the number of tokens run (sections within sections multiply).
 */
#include <billfold/document.h>

enum { NESTING_MAX = 16, TOKENS_MAX = 4000, STEPS_MAX = 200000 };

enum token_kind { T_TEXT, T_VALUE, T_SECTION, T_INVERTED, T_END };

struct token {
	enum token_kind kind;
	struct str text; /* the words, or the name */
	size_t end;      /* of a section: the index of its end */
};

typedef VEC(struct token) token_vec;

struct parse {
	struct arena *a;
	struct str text;
	token_vec tokens;
	size_t open[NESTING_MAX];
	int depth;
	struct err *err;
};

struct run {
	const token_vec *tokens;
	enum template_mode mode;
	struct json_object *stack[NESTING_MAX + 1];
	int depth;
	int steps;
	struct sb *out;
};

/* ---- parsing ---- */

static int
fault(struct parse *p, size_t at, const char *words)
{
	int line = 1;

	for (size_t i = 0; i < at && i < p->text.len; i++)
		line += p->text.p[i] == '\n';
	return err_set(p->err, ERR_validation_failed, "template, line %d: %s", line, words);
}

static bool
is_name(struct str s)
{
	if (str_eqz(s, "."))
		return true;
	if (!s.len || s.p[0] == '.' || s.p[s.len - 1] == '.' || s.len > 100)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || (c == '.' && s.p[i - 1] != '.')))
			return false;
	}
	return true;
}

static size_t
find(struct str s, size_t from, const char *two)
{
	for (size_t i = from; i + 1 < s.len; i++)
		if (s.p[i] == two[0] && s.p[i + 1] == two[1])
			return i;
	return s.len;
}

static int
push(struct parse *p, struct token t, size_t at)
{
	if (p->tokens.n == TOKENS_MAX)
		return fault(p, at, "too many tags");
	*vec_push(p->a, &p->tokens) = t;
	return 0;
}

static int
push_text(struct parse *p, size_t from, size_t to)
{
	struct token t = { .kind = T_TEXT, .text = { p->text.p + from, to - from } };

	return to > from ? push(p, t, from) : 0;
}

/* Where a tag [from, to) has a line for itself, its line's start and the start of the next line. */
static bool
alone(struct str s, size_t from, size_t to, size_t *ret_from, size_t *ret_to)
{
	while (from > 0 && (s.p[from - 1] == ' ' || s.p[from - 1] == '\t'))
		from--;
	if (from > 0 && s.p[from - 1] != '\n')
		return false;
	while (to < s.len && (s.p[to] == ' ' || s.p[to] == '\t' || s.p[to] == '\r'))
		to++;
	if (to < s.len && s.p[to] != '\n')
		return false;
	*ret_from = from;
	*ret_to = to < s.len ? to + 1 : to;
	return true;
}

static int
close_section(struct parse *p, struct str name, size_t at)
{
	struct token end = { .kind = T_END };

	if (!p->depth || !str_eq(p->tokens.v[p->open[p->depth - 1]].text, name))
		return fault(p, at, "this closes no open section");
	p->tokens.v[p->open[--p->depth]].end = p->tokens.n;
	return push(p, end, at);
}

static int
take_tag(struct parse *p, char sigil, struct str name, size_t at)
{
	struct token t = { .kind = T_VALUE, .text = name };

	if (!is_name(name))
		return fault(p, at, "a tag holds a name and nothing else");
	if (sigil == '/')
		return close_section(p, name, at);
	if (sigil) {
		t.kind = sigil == '#' ? T_SECTION : T_INVERTED;
		if (p->depth == NESTING_MAX)
			return fault(p, at, "sections are nested too deep");
		p->open[p->depth++] = p->tokens.n;
	}
	return push(p, t, at);
}

static int
parse(struct parse *p)
{
	size_t at = 0;

	if (!str_is_utf8(p->text))
		return err_set(p->err, ERR_validation_failed, "the template is not UTF-8");
	for (;;) {
		size_t from = find(p->text, at, "{{"), to = find(p->text, from + 2, "}}"), line,
		       next;
		struct str tag;
		char sigil = 0;

		if (from >= p->text.len)
			break;
		if (to >= p->text.len)
			return fault(p, from, "a tag is not closed");
		tag = (struct str){ p->text.p + from + 2, to - from - 2 };
		if (tag.len && strchr("#^/!", tag.p[0])) {
			sigil = tag.p[0];
			tag = (struct str){ tag.p + 1, tag.len - 1 };
		}
		to += 2;
		next = to;
		if (!sigil || !alone(p->text, from, to, &line, &next))
			line = from;
		/* the line before may have been taken by the tag before */
		if (push_text(p, at, line > at ? line : at) < 0)
			return -1;
		if (sigil != '!' && take_tag(p, sigil, str_trim(tag), from) < 0)
			return -1;
		at = next;
	}
	if (p->depth)
		return fault(p, p->text.len, "a section is not closed");
	return push_text(p, at, p->text.len);
}

int
template_check(struct str text, struct err *err)
{
	struct parse p = { .a = arena_new(0), .text = text, .err = err };
	int rc = parse(&p);

	arena_free(p.a);
	return rc;
}

/* ---- running ---- */

static void
add_html(struct sb *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		switch (c) {
		case '&':
			sb_addz(out, "&amp;");
			break;
		case '<':
			sb_addz(out, "&lt;");
			break;
		case '>':
			sb_addz(out, "&gt;");
			break;
		case '"':
			sb_addz(out, "&quot;");
			break;
		case '\'':
			sb_addz(out, "&#39;");
			break;
		default:
			if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t')
				sb_addc(out, (char)c);
		}
	}
}

static void
add_value(struct run *r, struct str s)
{
	if (r->mode == TEMPLATE_HTML) {
		add_html(r->out, s);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 0x20 && c != 0x7f) || (c == '\n' && r->mode == TEMPLATE_TEXT))
			sb_addc(r->out, (char)c);
		else if (c == '\n' || c == '\t')
			sb_addc(r->out, ' ');
	}
}

/* The template's own words: a subject is one line, whatever its author wrote. */
static void
add_words(struct run *r, struct str s)
{
	if (r->mode == TEMPLATE_LINE)
		add_value(r, s);
	else
		sb_add(r->out, s);
}

static struct json_object *
member(struct json_object *o, struct str name)
{
	struct json_object *v;
	char key[101];

	snprintf(key, sizeof(key), STR_FMT, STR_ARG(name));
	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

static struct json_object *
look_up(const struct run *r, struct str name)
{
	struct str rest, first = str_cut(name, '.', &rest);
	struct json_object *v = NULL;

	if (str_eqz(name, "."))
		return r->stack[r->depth - 1];
	for (int i = r->depth - 1; i >= 0 && !v; i--)
		v = member(r->stack[i], first);
	while (v && rest.len) {
		first = str_cut(rest, '.', &rest);
		v = member(v, first);
	}
	return v;
}

static bool
is_true(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return false;
	case json_type_boolean:
		return json_object_get_boolean(v);
	case json_type_int:
		return json_object_get_int64(v) != 0;
	case json_type_string:
		return json_object_get_string_len(v) > 0;
	case json_type_array:
		return json_object_array_length(v) > 0;
	default:
		return true;
	}
}

static void
put_value(struct run *r, struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_string:
		add_value(r, (struct str){ json_object_get_string(v),
					   (size_t)json_object_get_string_len(v) });
		break;
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		add_value(r, str_from(json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN)));
		break;
	default:
		break;
	}
}

static bool run_tokens(struct run *r, size_t from, size_t to);

static bool
run_section(struct run *r, size_t at)
{
	const struct token *t = &r->tokens->v[at];
	struct json_object *v = look_up(r, t->text);
	bool array = json_object_is_type(v, json_type_array);
	size_t n = array ? json_object_array_length(v) : 1;

	if ((t->kind == T_SECTION) != is_true(v))
		return true;
	if (t->kind == T_INVERTED)
		return run_tokens(r, at + 1, t->end);
	for (size_t i = 0; i < n; i++) {
		bool ok;

		r->stack[r->depth++] = array ? json_object_array_get_idx(v, i) : v;
		ok = run_tokens(r, at + 1, t->end);
		r->depth--;
		if (!ok)
			return false;
	}
	return true;
}

static bool
run_tokens(struct run *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct token *t = &r->tokens->v[i];

		if (++r->steps > STEPS_MAX || !sb_ok(r->out))
			return false;
		if (t->kind == T_TEXT) {
			add_words(r, t->text);
		} else if (t->kind == T_VALUE) {
			put_value(r, look_up(r, t->text));
		} else if (t->kind != T_END) {
			if (!run_section(r, i))
				return false;
			i = t->end;
		}
	}
	return true;
}

int
template_render(struct arena *a, struct str text, struct json_object *data, enum template_mode mode,
		size_t limit, struct str *ret, struct err *err)
{
	struct parse p = { .a = a, .text = text, .err = err };
	struct sb out;
	struct run r = {
		.tokens = &p.tokens, .mode = mode, .stack = { data }, .depth = 1, .out = &out
	};

	if (parse(&p) < 0)
		return -1;
	sb_init(&out, a, limit);
	if (!run_tokens(&r, 0, p.tokens.n) || !sb_ok(&out))
		return err_set(err, ERR_validation_failed, "the template makes too large a text");
	*ret = sb_str(&out);
	return 0;
}
