/*
 * render.c - the job that makes a final invoice's PDF, once.
 *
 * The bytes are stored first, the row that names them is committed with the job's end: a job that
 * dies in between leaves a file that the next run makes again, byte for byte. The first row wins; a
 * later run with other fonts changes nothing.
 */
#include <billfold/document.h>

#include <billfold/base/log.h>

#include "sheet.h"

enum { LOGO_MAX = 2 << 20, STORE_WAIT_S = 15 };

struct facts {
	struct json_object *doc;
	const char *logo_sha256; /* NULL: none */
	bool exists, done;
	int64_t generation;
};

static int
read_facts(struct job *j, const char *invoice_id, struct facts *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	enter_add_read(f, &j->who);
	s = flush_addv(f,
		       "SELECT document::text, logo_sha256, done, link_generation"
		       "  FROM document.render_facts($1::uuid)",
		       invoice_id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = (struct facts){ .exists = flush_rows(f, s) > 0 };
	if (!ret->exists)
		return 0;
	ret->logo_sha256 = flush_value(f, s, 0, 1);
	ret->done = flush_bool(f, s, 0, 2);
	ret->generation = flush_int(f, s, 0, 3);
	return jscan_parse(j->arena, flush_str(f, s, 0, 0), &ret->doc, err);
}

/*
 * A logo that is gone must not keep an invoice from going out; one whose store is away is waited
 * for, as the paper that is made now is the paper for ever.
 */
static int
read_logo(struct job *j, const struct document_env *env, const struct facts *k, struct str *ret,
	  struct err *err)
{
	struct err fault = { 0 };

	*ret = (struct str){ 0 };
	if (!k->logo_sha256 || env->files.get(&env->files, j->arena, j->who.tenant.z,
					      k->logo_sha256, LOGO_MAX, ret, &fault) == 0)
		return 0;
	*ret = (struct str){ 0 };
	if (fault.code != ERR_unavailable) {
		log_event(LOG_ERROR, "a document is made without its logo", "sha256",
			  k->logo_sha256, "error", fault.detail, "cause",
			  fault.cause[0] ? fault.cause : NULL, NULL);
		return 0;
	}
	*err = fault;
	return -1;
}

static bool
is_payable(struct json_object *doc)
{
	int64_t due = 0;

	return !str_eqz(jval_str_of(doc, "kind"), "credit") && jval_int(doc, "amount_due", &due) &&
	       due > 0;
}

static int
record(struct job *j, const struct facts *k, const char *invoice_id, const char *token,
       struct str pdf, const char *sha256, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	char hash[SHA256_HEX];

	enter_add(f, &j->who);
	flush_addv(
	    f,
	    "SELECT document.file_add($1::uuid, 'invoice', $2::uuid, 'pdf', $3, 'application/pdf', "
	    "$4::bigint, $5)",
	    uuid_new_z(j->arena), invoice_id, invoice_file_name(j->arena, k->doc),
	    arena_printf(j->arena, "%zu", pdf.len), sha256, FLUSH_END);
	if (token) {
		sha256_hex(str_from(token), hash);
		flush_addv(f, "SELECT document.pay_link_put($1::uuid, $2::integer, $3)", invoice_id,
			   arena_printf(j->arena, "%lld", (long long)k->generation), hash,
			   FLUSH_END);
	}
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

/* However long that takes: an outage of hours must not end in documents that nobody makes. */
static int
wait_for_store(struct job *j, struct err *err)
{
	struct err why = *err;

	if (why.code != ERR_unavailable)
		return -1;
	log_event(LOG_WARN, "a document waits for its store", "cause", why.cause, NULL);
	err_clear(err);
	return job_defer(j, STORE_WAIT_S, why.detail, err);
}

static int
render_once(struct job *j, struct err *err)
{
	const struct document_env *env = j->state;
	const char *invoice_id, *token = NULL;
	char sha256[SHA256_HEX];
	struct facts k;
	struct str id, logo, pdf;

	if (!jval_str(j->payload, "invoice_id", &id))
		return err_set(err, ERR_validation_failed, "the job names no invoice");
	invoice_id = str_dup(j->arena, id);
	if (read_facts(j, invoice_id, &k, err) < 0)
		return -1;
	if (!k.exists || k.done)
		return 0;
	if (is_payable(k.doc)) {
		token = pay_link_token(j->arena, env->secret, j->who.tenant.z, invoice_id,
				       k.generation);
		json_object_object_add(k.doc, "pay_url",
				       json_object_new_string(
					   pay_link_url(j->arena, env->public_url, token)));
	}
	if (read_logo(j, env, &k, &logo, err) < 0)
		return wait_for_store(j, err);
	if (invoice_pdf(j->arena, k.doc, logo, &pdf, err) < 0)
		return -1;
	if (env->files.put(&env->files, j->who.tenant.z, pdf, sha256, err) < 0)
		return wait_for_store(j, err);
	return record(j, &k, invoice_id, token, pdf, sha256, err);
}

struct document_env *
document_open(struct file_store files, const char *public_url, const char *secret_file,
	      struct err *err)
{
	struct arena *a = arena_new(0); /* of the process */
	struct document_env *env = arena_alloc(a, sizeof(*env));

	if (crypto_init(err) < 0 || secret_load(secret_file, &env->secret, err) < 0)
		return NULL;
	env->files = files;
	env->public_url = arena_strdup(a, public_url);
	return env;
}

const struct job_kind document_job_kinds[] = {
	{ .name = "render_pdf",
	  .run = render_once,
	  .max_attempts = 8,
	  .lease_s = 60,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Makes a final invoice's PDF." },
	{ 0 },
};
