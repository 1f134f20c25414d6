/*
 * viewing.c - whether a mail was looked at: its picture, the page and the paper that it links to.
 *
 * What is asked for here says nothing of an invoice's state, and changes none: scanners open mails
 * and follow links. Each delivery has a counter by what was looked at and by whom (a person, a
 * mail provider's proxy, a program), with the first and the last time; how often counts once in
 * some seconds, so that whoever asks again and again writes next to nothing. No address, no name of
 * a program is kept. A tenant may switch it off: `settings.mail_tracking`.
 *
 * The picture is there for any token: nothing that can be told from it.
 */
#include <billfold/document.h>

#include <billfold/document/mail_in.h>

const char *
viewing_picture(struct arena *a, const char *public_url, const struct uuid *tenant, const char *tag)
{
	return arena_printf(a, "%s/o/%s.%s", public_url, tenant->z, tag);
}

/* ---- who looks ---- */

static bool
names(struct str agent, const char *const *words)
{
	for (; *words; words++) {
		size_t n = strlen(*words);

		for (size_t i = 0; i + n <= agent.len; i++)
			if (strncasecmp(agent.p + i, *words, n) == 0)
				return true;
	}
	return false;
}

/* Providers fetch pictures in their readers' stead, when the mail is opened or before. */
static const char *
kind_of(struct str agent)
{
	static const char *const proxies[] = { "GoogleImageProxy", "ggpht.com", "YahooMailProxy",
					       "YahooCacheSystem", NULL };
	static const char *const programs[] = { "bot",
						"crawl",
						"spider",
						"scan",
						"preview",
						"curl",
						"wget",
						"python",
						"Go-http",
						"java/",
						"headless",
						"monitor",
						"libwww",
						"okhttp",
						"safelinks",
						"proof",
						"barracuda",
						"mimecast",
						"facebookexternalhit",
						"httpclient",
						NULL };

	if (names(agent, proxies) || str_eqz(agent, "Mozilla/5.0"))
		return "proxy";
	return agent.len == 0 || names(agent, programs) ? "program" : "person";
}

/* ---- writing it down ---- */

void
viewing_add(struct call *c, const struct uuid *tenant, struct str text, const char *channel)
{
	struct caller who = c->who;
	struct err ignored = { 0 };
	struct mail_tag tag;
	struct flush *f;

	if (c->method != M_GET || !mail_tag_parse(text, &tag) || tag.kind != MAIL_TAG_VIEW ||
	    !mail_tag_is(c->app->secret, &tag, tenant))
		return;
	who.tenant = *tenant;
	who.kind = ACTOR_LINK;
	who.epoch = -1;
	snprintf(who.actor, sizeof(who.actor), "link:view");
	who.actor_id[0] = '\0';
	f = flush_new(c->app->db, c->arena);
	enter_add(f, &who);
	flush_addv(f, "SELECT document.viewing_add($1::uuid, $2, $3)",
		   arena_strdup(c->arena, tag.delivery.z), channel, kind_of(c->user_agent),
		   FLUSH_END);
	flush_commit(f);
	/* Whoever looks gets what they look at, whatever becomes of this. */
	flush_run(f, &ignored);
}

/* ---- the picture ---- */

static int
picture(struct call *c, struct reply *r, struct err *err)
{
	/* One pixel that shows what is behind it. */
	static const char gif[] = "GIF89a\1\0\1\0\200\0\0\0\0\0\0\0\0!\371\4\1\0\0\0\0,\0\0\0\0\1\0"
				  "\1\0\0\2\2D\1\0;";
	struct str tag, tenant_text = str_cut(c->param[0], '.', &tag);
	struct uuid tenant;

	(void)err;
	if (uuid_parse(tenant_text, &tenant))
		viewing_add(c, &tenant, tag, "mail");
	r->status = 200;
	r->content_type = "image/gif";
	r->body = (struct str){ gif, sizeof(gif) - 1 };
	*vec_push(c->arena, &r->headers) =
	    (struct pair){ STR("Cache-Control"), STR("no-store, max-age=0") };
	return 0;
}

/* ---- what an invoice's mails came to ---- */

static const struct field row_fields[] = {
	{ .name = "delivery_id", .type = FT_UUID, .doc = "The mail." },
	{ .name = "channel",
	  .type = FT_TEXT,
	  .doc = "mail, page or pdf: what was looked at.",
	  .example = "mail" },
	{ .name = "agent",
	  .type = FT_TEXT,
	  .doc = "person, proxy (of a mail provider) or program, by what it says of itself." },
	{ .name = "times", .type = FT_INT, .doc = "How often; within ten seconds once." },
	{ .name = "first_at", .type = FT_TIME, .doc = "The first time." },
	{ .name = "last_at", .type = FT_TIME, .doc = "The last time." },
	{ 0 },
};

static const struct field out_fields[] = {
	{ .name = "data",
	  .type = FT_LIST,
	  .u.of = { row_fields, 1000 },
	  .doc = "By mail, what was looked at, and by whom." },
	{ 0 },
};

static int
show(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin_read(c);
	struct uuid id;
	const char *param;

	if (!uuid_parse(c->param[0], &id))
		return err_set(err, ERR_not_found, "No such invoice.");
	param = arena_strdup(c->arena, id.z);
	return call_answer_json(c, f, "SELECT document.viewings($1::uuid)", 1, &param, 200, r, err);
}

const struct route viewing_routes[] = {
	{ .method = M_GET,
	  .pattern = "/o/{token}",
	  .flags = RF_PUBLIC | RF_HTML | RF_HIDDEN,
	  .run = picture,
	  .doc = "The picture in a mail about an invoice." },
	{ .method = M_GET,
	  .pattern = "/v1/invoices/{id}/viewings",
	  .perm = P_INVOICE_READ,
	  .out = out_fields,
	  .status = 200,
	  .run = show,
	  .doc = "Whether the invoice's mails were looked at, and the page and the paper behind "
		 "their links. It says nothing of its state." },
	{ 0 },
};
