/*
 * api.c - what the API shows of documents: an invoice's PDF, a tenant's templates, deliveries. What
 * came back for those: mail_api.c.
 */
#include <billfold/document.h>

enum { PDF_MAX = 16 << 20 };

static const char *const template_kinds[] = { "frame",   "invoice",        "reminder",
					      "receipt", "payment_failed", "subscription_renewal",
					      "invite",  "reset",          NULL };
static const char *const delivery_states[] = { "queued",  "sending",   "sent", "bounced",
					       "unknown", "cancelled", NULL };
static const char *const bounce_classes[] = { "hard", "soft", NULL };
static const char *const mail_kinds[] = {
	"invoice", "reminder", "receipt", "payment_failed", "subscription_renewal", NULL
};

/* ---- templates ---- */

static const struct field template_fields[] = {
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.words = template_kinds,
	  .doc = "What the mail is about; `frame` is the HTML around texts that have none of their "
		 "own." },
	{ .name = "locale",
	  .type = FT_LOCALE,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .doc = "Language, or language and country, of the readers." },
	{ .name = "subject",
	  .type = FT_TEXT,
	  .u.len = { 0, 500 },
	  .doc = "Template of the subject line." },
	{ .name = "text",
	  .type = FT_TEXT,
	  .u.len = { 0, 50000 },
	  .doc = "Template of the plain text." },
	{ .name = "html",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 100000 },
	  .doc = "Template of the HTML; null: the text, set into the frame." },
	{ 0 },
};

/* A template that does not parse is refused when it is saved, not when an invoice has to go out. */
static int
template_prepare(struct call *c, struct write *w, struct err *err)
{
	static const char *const members[] = { "subject", "text", "html" };

	(void)w;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct err fault = { 0 };
		struct str text;

		if (jval_str(c->body, members[i], &text) && template_check(text, &fault) < 0)
			err_field(err, c->arena, arena_printf(c->arena, "/%s", members[i]),
				  "template", "%s", fault.detail);
	}
	return err->code == ERR_none ? 0 : -1;
}

const struct resource template_resource = {
	.name = "template",
	.path = "templates",
	.table = "document.template",
	.view = "document.template_view",
	.ops = OP_ALL & ~OP_AGGREGATE,
	.read = P_TENANT_READ,
	.write = P_TENANT_WRITE,
	.fields = template_fields,
	.default_sort = "created_at,id",
	.prepare = template_prepare,
	.doc = "The words of a tenant's mails, by kind and language; where there is none, a "
	       "default speaks.",
};

/* ---- deliveries ---- */

static const struct field delivery_fields[] = {
	{ .name = "invoice_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_FILTER | FF_NULLABLE,
	  .doc = "The document that was mailed, or that the mail is about." },
	{ .name = "subscription_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_FILTER | FF_NULLABLE,
	  .doc = "Or the subscription whose renewal it tells of." },
	{ .name = "step",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 60 },
	  .doc = "Why: invoice, resend:1, reminder:7, renewal:2027-04-27:30 ..." },
	{ .name = "template",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = mail_kinds,
	  .doc = "What it said." },
	{ .name = "recipient", .type = FT_EMAIL, .flags = FF_READ_ONLY, .doc = "To whom." },
	{ .name = "recipient_name",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 0, 200 },
	  .doc = "By what name." },
	{ .name = "message_id",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 0, 300 },
	  .doc = "The mail's Message-ID, the same at every try." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = delivery_states,
	  .doc = "What became of it; unknown: the server may have taken it, its answer was lost." },
	{ .name = "business_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY,
	  .doc = "When it was asked for, in the tenant's business time." },
	{ .name = "tries",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "How often it was handed to the mail server." },
	{ .name = "smtp_code",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The server's last answer." },
	{ .name = "reply",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 0, 500 },
	  .doc = "The server's last words." },
	{ .name = "sent_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was taken." },
	{ .name = "bounced_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was refused, or came back." },
	{ .name = "bounce_class",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.words = bounce_classes,
	  .doc = "hard: the address is no good; soft: it may work later." },
	{ .name = "bounce_status",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 5, 12 },
	  .doc = "The mail system's word for why (RFC 3463): 5.1.1 ..." },
	{ .name = "opened_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE | FF_COMPUTED,
	  .doc = "When the mail was first opened by what is no program, as far as that shows." },
	{ .name = "page_viewed_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE | FF_COMPUTED,
	  .doc = "When the page behind its link was first looked at." },
	{ .name = "downloaded_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE | FF_COMPUTED,
	  .doc = "When the paper was first fetched from there." },
	{ 0 },
};

const struct resource delivery_resource = {
	.name = "delivery",
	.path = "deliveries",
	.table = "document.delivery",
	.view = "document.delivery_view",
	.ops = OP_READ | OP_LIST | OP_SEARCH,
	.read = P_INVOICE_READ,
	.fields = delivery_fields,
	.default_sort = "created_at,id",
	.doc = "What was mailed to whom, and what became of it.",
};

/* ---- an invoice's PDF ---- */

/* "Not found" is a PDF that will be made in seconds; this one was, and is gone. */
static int
lost(struct err *err, const char *sha256)
{
	err_set(err, ERR_internal, "a stored file is missing");
	err_cause(err, "file store: there is no %s", sha256);
	return -1;
}

int
document_pdf(struct call *c, struct flush *f, const char *invoice_id, struct reply *r,
	     struct err *err)
{
	const struct file_store *files = c->app->files;
	int s = flush_addv(f, "SELECT sha256, name FROM document.pdf_of($1::uuid)", invoice_id,
			   FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (!flush_rows(f, s))
		return err_set(err, ERR_not_found, "No such document.");
	if (files->get(files, c->arena, c->who.tenant.z, flush_value(f, s, 0, 0), PDF_MAX, &r->body,
		       err) < 0)
		return err->code == ERR_not_found ? lost(err, flush_value(f, s, 0, 0)) : -1;
	r->status = 200;
	r->content_type = "application/pdf";
	r->etag = arena_printf(c->arena, "\"%s\"", flush_value(f, s, 0, 0));
	*vec_push(c->arena, &r->headers) =
	    (struct pair){ STR("Content-Disposition"),
			   str_from(arena_printf(c->arena, "attachment; filename=\"%s\"",
						 flush_value(f, s, 0, 1))) };
	return 0;
}

static int
read_pdf(struct call *c, struct reply *r, struct err *err)
{
	struct uuid id;

	if (!uuid_parse(c->param[0], &id))
		return err_set(err, ERR_not_found, "No such document.");
	return document_pdf(c, call_begin_read(c), arena_strdup(c->arena, id.z), r, err);
}

const struct route document_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/invoices/{id}/pdf",
	  .perm = P_INVOICE_READ,
	  .status = 200,
	  .run = read_pdf,
	  .media = "application/pdf",
	  .doc = "The PDF of a final invoice; 404 until it is made, seconds after finalizing." },
	{ 0 },
};
