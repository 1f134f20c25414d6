/*
 * send_document.c - the job that mails a document: at most once where anybody can tell, else under
 * the same name.
 *
 * Three steps: a transaction that asks whether the mail is still wanted and marks it as being sent;
 * the SMTP dialogue; a transaction that writes what became of it together with the job's end.
 * Between the second and the third nobody can know whether the mail went: a worker that dies there,
 * or a server whose 250 is lost, leads to another try with the same Message-ID and the same bytes
 * but for the date, which receiving systems fold into one.
 */
#include "maild.h"

#include <billfold/base/date.h>
#include <billfold/base/log.h>
#include <billfold/document/mail_in.h>

#include <unistd.h>

enum { PDF_MAX = 16 << 20, WAIT_S = 2, END_TRIES = 4 };

enum verdict { DONE, WAIT, SEND };

/* What answers to this mail will name, so that they are known to be answers to it. */
static const char *
tag(struct job *j, const struct maild *m, enum mail_tag_kind kind, const char *delivery_id)
{
	struct uuid delivery;

	if (!uuid_parse(str_from(delivery_id), &delivery))
		return ""; /* its delivery will not be found */
	return mail_tag(j->arena, m->secret, kind, &j->who.tenant, &delivery);
}

static int
begin(struct job *j, const struct maild *m, const char *delivery_id, enum verdict *ret_verdict,
      struct json_object **ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	const char *verdict;
	int s;

	enter_add(f, &j->who);
	s = flush_addv(f, "SELECT verdict, mail::text FROM document.delivery_begin($1::uuid, $2)",
		       delivery_id,
		       arena_printf(j->arena, "%s@%s", tag(j, m, MAIL_TAG_ID, delivery_id),
				    m->domain),
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	verdict = flush_value(f, s, 0, 0);
	*ret_verdict = strcmp(verdict, "send") == 0   ? SEND
		       : strcmp(verdict, "wait") == 0 ? WAIT
						      : DONE;
	return *ret_verdict == SEND ? jscan_parse(j->arena, flush_str(f, s, 0, 1), ret, err) : 0;
}

/* ---- the mail ---- */

struct parcel {
	struct json_object *row; /* what delivery_begin gave */
	const char *delivery_id, *recipient, *link_token;
	const char *view_tag; /* NULL: nobody wants to know who looks at it */
	const char *envelope; /* who the mail system is told that it is from */
	int64_t link_generation;
	struct mail_attachment file;
	struct str message;
};

/* The mail's picture and links tell whether it was looked at, where the tenant wants to know. */
static void
add_picture(struct job *j, const struct maild *m, const struct parcel *p, struct mail *mail)
{
	static const struct str end = { "</body>", 7 };
	struct str html = mail->html;
	size_t at = html.len;
	struct sb sb;

	if (!p->view_tag || !html.len)
		return;
	for (size_t i = 0; i + end.len <= html.len; i++)
		if (memcmp(html.p + i, end.p, end.len) == 0)
			at = i;
	sb_init(&sb, j->arena, html.len + 400);
	sb_add(&sb, (struct str){ html.p, at });
	sb_addf(&sb, "<img src=\"%s\" width=\"1\" height=\"1\" alt=\"\">",
		viewing_picture(j->arena, m->config->public_url, &j->who.tenant, p->view_tag));
	sb_add(&sb, (struct str){ html.p + at, html.len - at });
	mail->html = sb_str(&sb);
}

static void
add_pay_link(struct job *j, const struct maild *m, struct json_object *doc, struct parcel *p)
{
	struct str kind = { 0 };
	int64_t due = 0;

	jval_str(doc, "kind", &kind);
	if (!jval_int(doc, "amount_due", &due) || due <= 0 || str_eqz(kind, "credit"))
		return;
	jval_int(p->row, "link_generation", &p->link_generation);
	p->link_token =
	    pay_link_token(j->arena, m->secret, j->who.tenant.z,
			   jval_strz(j->arena, p->row, "invoice_id"), p->link_generation);
	json_object_object_add(doc, "pay_url",
			       json_object_new_string(arena_printf(
				   j->arena, "%s%s%s",
				   pay_link_url(j->arena, m->config->public_url, p->link_token),
				   p->view_tag ? "?m=" : "", p->view_tag ? p->view_tag : "")));
}

static int
add_file(struct job *j, const struct maild *m, struct parcel *p, struct mail *mail, struct err *err)
{
	struct json_object *file = jval_get(p->row, "file");

	if (!file)
		return 0;
	p->file.name = jval_strz(j->arena, file, "name");
	p->file.media_type = "application/pdf";
	mail->attachments = &p->file;
	mail->n_attachments = 1;
	return m->files.get(&m->files, j->arena, j->who.tenant.z,
			    jval_strz(j->arena, file, "sha256"), PDF_MAX, &p->file.bytes, err);
}

/* What its template can say. */
static int
mail_values(struct job *j, const struct maild *m, struct parcel *p, struct json_object *doc,
	    struct json_object **ret, struct err *err)
{
	struct json_object *extra = jval_get(p->row, "data");

	if (str_eqz(jval_str_of(p->row, "object"), "subscription"))
		return mail_renewal_data(j->arena, doc, extra,
					 jval_strz(j->arena, p->row, "recipient_name"), ret, err);
	add_pay_link(j, m, doc, p);
	json_object_object_add(extra, "overdue", json_object_get(jval_get(p->row, "overdue")));
	return mail_data(j->arena, doc, extra, ret, err);
}

static int
write_mail(struct job *j, const struct maild *m, struct parcel *p, struct err *err)
{
	struct json_object *doc = jval_get(p->row, "document"),
			   *template = jval_get(p->row, "template");
	struct json_object *seller = jval_get(doc, "seller"), *data;
	const char *reply_to = jval_strz(j->arena, seller, "email");
	struct mail mail = { .date = instant_now() };
	bool tracking = false;

	p->recipient = mail_address_wire(j->arena, jval_strz(j->arena, p->row, "recipient"));
	mail.message_id = jval_strz(j->arena, p->row, "message_id");
	mail.references = jval_strz(j->arena, p->row, "references");
	mail.to = (struct mail_address){
		mail_line(j->arena, jval_strz(j->arena, p->row, "recipient_name")), p->recipient
	};
	mail.from = (struct mail_address){ mail_line(j->arena, jval_strz(j->arena, seller, "name")),
					   m->config->from };
	if (reply_to)
		reply_to = mail_address_wire(j->arena, reply_to);
	if (reply_to && mail_address_ok(str_from(reply_to)))
		mail.reply_to = (struct mail_address){ mail.from.name, reply_to };
	jval_bool(p->row, "tracking", &tracking);
	if (tracking)
		p->view_tag = tag(j, m, MAIL_TAG_VIEW, p->delivery_id);
	p->envelope = m->config->from;
	if (m->return_to) {
		p->envelope = mail_tag_address(j->arena, m->return_to,
					       tag(j, m, MAIL_TAG_BOUNCE, p->delivery_id));
		mail.return_to = mail_tag_address(j->arena, m->return_to,
						  tag(j, m, MAIL_TAG_REPLY, p->delivery_id));
	}
	json_object_object_add(template, "frame", json_object_get(jval_get(p->row, "frame")));
	if (mail_values(j, m, p, doc, &data, err) < 0 ||
	    mail_compose(j->arena, template, data, &mail, err) < 0 ||
	    add_file(j, m, p, &mail, err) < 0)
		return -1;
	add_picture(j, m, p, &mail);
	return mail_build(j->arena, &mail, &p->message, err);
}

/* ---- the end ---- */

static int
end_once(struct job *j, const char *delivery_id, const struct parcel *p, const char *state,
	 bool finish, const struct net_mail_result *r, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	char hash[SHA256_HEX];

	enter_add(f, &j->who);
	if (p->link_token) {
		sha256_hex(str_from(p->link_token), hash);
		flush_addv(f, "SELECT document.pay_link_put($1::uuid, $2::integer, $3)",
			   jval_strz(j->arena, p->row, "invoice_id"),
			   arena_printf(j->arena, "%lld", (long long)p->link_generation), hash,
			   FLUSH_END);
	}
	flush_addv(f, "SELECT document.delivery_end($1::uuid, $2, $3::integer, $4)", delivery_id,
		   state, r->smtp_code ? arena_printf(j->arena, "%d", r->smtp_code) : NULL,
		   r->reply, FLUSH_END);
	if (finish)
		job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

/* The mail is out: an answer that cannot be written down would send it again. Some patience is due.
 */
static int
end(struct job *j, const char *delivery_id, const struct parcel *p, const char *state, bool finish,
    const struct net_mail_result *r, struct err *err)
{
	for (unsigned i = 0;; i++) {
		err_clear(err);
		if (end_once(j, delivery_id, p, state, finish, r, err) == 0)
			return 0;
		if (i == END_TRIES || err->code != ERR_unavailable)
			return -1;
		usleep((useconds_t)200000 << i);
	}
}

int
send_document(struct job *j, struct err *err)
{
	const struct maild *m = j->state;
	const char *id = jval_strz(j->arena, j->payload, "delivery_id");
	struct net_mail_result r = { 0 };
	struct parcel p = { .delivery_id = id };
	enum verdict verdict;

	if (!id)
		return err_set(err, ERR_validation_failed, "the job names no delivery");
	if (begin(j, m, id, &verdict, &p.row, err) < 0)
		return -1;
	if (verdict == DONE)
		return 0;
	if (verdict == WAIT)
		return job_defer(j, WAIT_S, "the PDF is not made yet", err);
	if (write_mail(j, m, &p, err) < 0) {
		if (err->code != ERR_validation_failed)
			return -1;
		/* An address or template that makes no mail will make none tomorrow. */
		snprintf(r.reply, sizeof(r.reply), "%.150s", err->detail);
		str_mend(r.reply);
		return end(j, id, &p, "bounced", true, &r, err);
	}
	if (m->mailer.send(&m->mailer, p.envelope, p.recipient, p.message, &r, err) == 0)
		return end(j, id, &p, "sent", true, &r, err);
	if (r.maybe_sent) {
		struct err ignored = { 0 };

		log_event(LOG_WARN, "nobody knows whether a mail was taken", "delivery", id,
			  "error", err->detail, NULL);
		end(j, id, &p, "unknown", false, &r, &ignored);
		return -1;
	}
	if (err->code == ERR_validation_failed)
		return end(j, id, &p, "bounced", true, &r, err);
	return -1;
}
