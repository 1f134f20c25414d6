/*
 * problem.c - see problem.h.
 *
 * Members: type (an address below the public URL that names the code), title, status, detail,
 * code (the stable word), request_id, errors (each wrong field by its JSON Pointer, or "?name"
 * for a parameter), current (what a stale writer should look at).
 */
#include "problem.h"

#include <billfold/crypto.h>
#include <billfold/http.h>
#include <billfold/json.h>

enum { PROBLEM_MAX = 16 * 1024 * 1024 };

struct str
problem_json(struct arena *a, const struct err *err, const char *public_url, const char *request_id)
{
	const struct err_def *def = err_def(err);
	struct jw w;

	jw_init(&w, a, PROBLEM_MAX);
	jw_object(&w);
	jw_kstr(&w, "type",
		arena_printf(a, "%s/problems/%s", public_url ? public_url : "", def->code));
	jw_kstr(&w, "title", def->title);
	jw_kint(&w, "status", def->status);
	jw_kstr(&w, "detail", err_told(err));
	jw_kstr(&w, "code", def->code);
	jw_kstr(&w, "request_id", request_id);
	if (err->fields)
		jw_errors(&w, err);
	if (err->current)
		jw_kraw(&w, "current", str_from(err->current));
	jw_end_object(&w);
	return sb_str(&w.sb);
}

static void
add_html(struct sb *sb, const char *z)
{
	for (; *z; z++) {
		switch (*z) {
		case '&':
			sb_addz(sb, "&amp;");
			break;
		case '<':
			sb_addz(sb, "&lt;");
			break;
		case '>':
			sb_addz(sb, "&gt;");
			break;
		case '"':
			sb_addz(sb, "&quot;");
			break;
		case '\'':
			sb_addz(sb, "&#39;");
			break;
		default:
			sb_addc(sb, *z);
		}
	}
}

/* The style of pages that say what went wrong: readable on a phone, by day and by night. */
static const char style[] =
    ":root{color-scheme:light dark}"
    "body{margin:0;font:16px/1.5 system-ui,sans-serif;background:light-dark(#f3f5f9,#10141d);"
    "color:light-dark(#1c2330,#e8ecf4)}"
    "main{max-width:32rem;margin:15vh auto 0;padding:2rem}"
    "h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25}"
    "small{color:light-dark(#5b6577,#a0abbf);overflow-wrap:anywhere}";

const char *
page_policy(struct arena *a, struct str text, bool has_form)
{
	unsigned char hash[SHA256_LEN];

	/* A policy takes the alphabet of URLs too, but wants its padding. */
	sha256(text, hash);
	return arena_printf(a,
			    "default-src 'none'; style-src 'sha256-%s='; form-action %s; "
			    "frame-ancestors 'none'; base-uri 'none'",
			    base64url_encode(a, (struct str){ (const char *)hash, sizeof(hash) }),
			    has_form ? "'self'" : "'none'");
}

const char *
problem_policy(struct arena *a)
{
	return page_policy(a, str_from(style), false);
}

struct str
problem_html(struct arena *a, const struct err *err, const char *request_id)
{
	const char *title = err_def(err)->title;
	struct sb sb;

	sb_init(&sb, a, 16384);
	sb_addz(&sb, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		     "<meta name=\"robots\" content=\"noindex, nofollow\"><title>");
	add_html(&sb, title);
	sb_addz(&sb, "</title><style>");
	sb_addz(&sb, style);
	sb_addz(&sb, "</style></head>\n<body><main><h1>");
	add_html(&sb, title);
	sb_addz(&sb, "</h1><p>");
	add_html(&sb, err_told(err));
	sb_addz(&sb, "</p><p><small>");
	add_html(&sb, request_id);
	sb_addz(&sb, "</small></p></main></body></html>\n");
	return sb_str(&sb);
}
