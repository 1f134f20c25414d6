/*
 * jw.c - writing JSON into a capped builder.
 *
 * The writer sets commas, colons and quotes; what it is told must nest: an object or
 * array that was begun is ended. Past the builder's limit, or nested past
 * JSON_DEPTH_MAX, the builder counts as overflowed: check sb_ok(&w->sb) at the end.
 */
#include <billfold/json.h>

void
jw_init(struct jw *w, struct arena *a, size_t limit)
{
	*w = (struct jw){ 0 };
	sb_init(&w->sb, a, limit);
}

/* The comma before a value, unless it is the first or follows its key. */
static void
before_value(struct jw *w)
{
	if (w->comma[w->depth])
		sb_addc(&w->sb, ',');
	w->comma[w->depth] = true;
}

static void
begin(struct jw *w, char c)
{
	before_value(w);
	sb_addc(&w->sb, c);
	if (w->depth > JSON_DEPTH_MAX) {
		w->sb.overflow = true;
		return;
	}
	w->comma[++w->depth] = false;
}

static void
end(struct jw *w, char c)
{
	sb_addc(&w->sb, c);
	if (w->depth)
		w->depth--;
}

void
jw_object(struct jw *w)
{
	begin(w, '{');
}

void
jw_end_object(struct jw *w)
{
	end(w, '}');
}

void
jw_array(struct jw *w)
{
	begin(w, '[');
}

void
jw_end_array(struct jw *w)
{
	end(w, ']');
}

void
jw_key(struct jw *w, const char *key)
{
	before_value(w);
	sb_add_json(&w->sb, str_from(key));
	sb_addc(&w->sb, ':');
	w->comma[w->depth] = false;
}

void
jw_str(struct jw *w, struct str s)
{
	before_value(w);
	sb_add_json(&w->sb, s);
}

void
jw_strz(struct jw *w, const char *z)
{
	if (!z)
		jw_null(w);
	else
		jw_str(w, str_from(z));
}

void
jw_int(struct jw *w, int64_t n)
{
	before_value(w);
	sb_addf(&w->sb, "%lld", (long long)n);
}

void
jw_bool(struct jw *w, bool b)
{
	before_value(w);
	sb_addz(&w->sb, b ? "true" : "false");
}

void
jw_null(struct jw *w)
{
	before_value(w);
	sb_addz(&w->sb, "null");
}

void
jw_raw(struct jw *w, struct str json)
{
	before_value(w);
	sb_add(&w->sb, json);
}

void
jw_kstr(struct jw *w, const char *key, const char *z)
{
	jw_key(w, key);
	jw_strz(w, z);
}

void
jw_kint(struct jw *w, const char *key, int64_t n)
{
	jw_key(w, key);
	jw_int(w, n);
}

void
jw_kbool(struct jw *w, const char *key, bool b)
{
	jw_key(w, key);
	jw_bool(w, b);
}

void
jw_kraw(struct jw *w, const char *key, struct str json)
{
	jw_key(w, key);
	jw_raw(w, json);
}

void
jw_errors(struct jw *w, const struct err *err)
{
	jw_key(w, "errors");
	jw_array(w);
	for (const struct err_field *f = err->fields; f; f = f->next) {
		jw_object(w);
		jw_kstr(w, "pointer", f->pointer);
		jw_kstr(w, "code", f->code);
		jw_kstr(w, "detail", f->detail);
		jw_end_object(w);
	}
	jw_end_array(w);
}
