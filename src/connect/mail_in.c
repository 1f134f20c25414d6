/*
 * mail_in.c - a mail that came back finds its delivery, and has its effect once.
 *
 * The tag says the delivery and the end of the tenant's id; a door names the tenants that may be
 * meant, the tag's MAC says which of them it is. Nothing that the sender wrote decides about that.
 * The effect and the place up to which the mailbox has been read are one transaction: killed
 * before it, the mail is read again; after it, it is not.
 */
#include "mailbox.h"

#include <billfold/base/date.h>

#include <inttypes.h>

/* ---- whose it is ---- */

/* 1: found, 0: nobody's, -1: err. */
static int
tenant_of(struct job *j, const struct mail_tag *t, struct uuid *ret, struct err *err)
{
	const struct maild *m = j->state;
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	flush_begin_read(f);
	s = flush_addv(f, "SELECT t FROM tenant.door_ending($1) t", t->tenant_end, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(f, s); i++)
		if (uuid_parse(flush_str(f, s, i, 0), ret) && mail_tag_is(m->secret, t, ret))
			return 1;
	return 0;
}

static int
find(struct job *j, const struct mail_in *mail, struct uuid *ret_tenant,
     const struct mail_tag **ret, struct err *err)
{
	for (int i = 0; i < mail->n_tags; i++) {
		int rc = tenant_of(j, &mail->tags[i], ret_tenant, err);

		*ret = &mail->tags[i];
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* ---- what it says ---- */

/* The same for every copy that mail systems make of it on the way, and no other's. */
static const char *
message_key(struct arena *a, const struct mail_in *mail, const struct uuid *delivery,
	    struct str bytes)
{
	char *hex = arena_alloc(a, SHA256_HEX), text[SHA256_HEX];

	if (!mail->message_id) {
		sha256_hex(bytes, hex);
		return hex;
	}
	sha256_hex(str_from(mail->text), text);
	sha256_hex(str_from(arena_printf(a, "%s|%s|%s|%" PRId64 "|%s", delivery->z,
					 mail->message_id, mail->sender, mail->date, text)),
		   hex);
	return hex;
}

static const char *
facts(struct arena *a, const struct mail_in *m, bool cut)
{
	char sent_at[INSTANT_TEXT];
	struct jw w;

	instant_format(m->date, sent_at);
	jw_init(&w, a, 1 << 20);
	jw_object(&w);
	jw_kstr(&w, "kind", mail_in_kinds[m->kind]);
	jw_kstr(&w, "message_id", m->message_id);
	jw_kstr(&w, "sender", m->sender);
	jw_kstr(&w, "sender_name", m->sender_name);
	jw_kstr(&w, "subject", m->subject);
	jw_kstr(&w, "text", m->text);
	jw_kbool(&w, "shortened", m->shortened || cut);
	jw_kstr(&w, "status", m->status);
	jw_kstr(&w, "diagnostic", m->diagnostic);
	jw_kstr(&w, "class", m->hard ? "hard" : "soft");
	jw_kstr(&w, "sent_at", m->date ? sent_at : NULL);
	jw_key(&w, "attachments");
	jw_array(&w);
	for (int i = 0; i < m->n_files; i++) {
		jw_object(&w);
		jw_kstr(&w, "name", m->files[i].name);
		jw_kstr(&w, "media_type", m->files[i].media_type);
		jw_kint(&w, "size", (int64_t)m->files[i].size);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return sb_z(&w.sb);
}

/* ---- the effect ---- */

static void
done_add(struct flush *f, struct arena *a, const struct mail_place *at)
{
	flush_addv(f, "SELECT connect.mailbox_done($1, $2::bigint, $3::bigint)", at->mailbox,
		   arena_printf(a, "%" PRId64, at->uid_validity),
		   arena_printf(a, "%" PRId64, at->uid), FLUSH_END);
}

int
mail_leave(struct job *j, const struct mail_place *at, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	flush_begin(f);
	done_add(f, j->arena, at);
	flush_commit(f);
	return flush_run(f, err);
}

int
mail_take(struct job *j, const struct mail_place *at, struct str bytes, bool cut,
	  enum mail_fate *ret, enum mail_in_kind *ret_kind, struct err *err)
{
	const struct mail_tag *tag;
	struct mail_in mail;
	struct caller who;
	struct uuid tenant;
	struct flush *f;
	int s, rc;

	*ret = MAIL_LEFT;
	mail_read(j->arena, bytes, &mail);
	*ret_kind = mail.kind;
	rc = find(j, &mail, &tenant, &tag, err);
	if (rc <= 0)
		return rc < 0 ? -1 : mail_leave(j, at, err);
	caller_worker(&who, tenant.z, "maild", NULL);
	f = flush_new(j->db, j->arena);
	enter_add(f, &who);
	s = flush_addv(f, "SELECT document.mail_take($1::uuid, $2::uuid, $3, $4::jsonb)",
		       uuid_new_z(j->arena), tag->delivery.z,
		       message_key(j->arena, &mail, &tag->delivery, bytes),
		       facts(j->arena, &mail, cut), FLUSH_END);
	done_add(f, j->arena, at);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = strcmp(flush_value(f, s, 0, 0), "none") == 0 ? MAIL_LEFT : MAIL_TAKEN;
	return 0;
}
