/*
 * maild_test.c - mails from the asking to the mailbox: PDF made, mail written, SMTP for real,
 * database for real.
 *
 * The SMTP server is tests/unit/net/peer.py, which refuses, puts off and loses its 250 by
 * recipient.
 */
#include "house.h"

#include <billfold/document/mail_in.h>

#include <dirent.h>
#include <sys/wait.h>

static struct {
	pid_t pid;
	FILE *to;
	char dir[48];
	int http, smtp;
} peer;
static struct maild *maild;
static struct maild_config config;
static struct document_env *documents;
static struct db *maild_db, *invoiced_db;

static void
start_peer(void)
{
	int in[2], out[2];
	FILE *from;

	snprintf(peer.dir, sizeof(peer.dir), "/tmp/billfold-mails-XXXXXX");
	assert_non_null(mkdtemp(peer.dir));
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	peer.pid = fork();
	if (peer.pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", PEER_SCRIPT, peer.dir, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	peer.to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
	/* To the end: a peer whose last number nobody hears would die of it. */
	assert_int_equal(fscanf(from, "%d %d %*d", &peer.http, &peer.smtp), 2);
	fclose(from);
}

static void
empty_mails(void)
{
	DIR *d = opendir(peer.dir);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

/* The n-th mail that was taken, by name; NULL: so many there are not. */
static const char *
mail(int n)
{
	struct dirent **list;
	const char *text = NULL;
	int count = scandir(peer.dir, &list, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (list[i]->d_name[0] != '.' && n-- == 0) {
			FILE *f =
			    fopen(arena_printf(house.a, "%s/%s", peer.dir, list[i]->d_name), "rb");
			char *buf = arena_alloc(house.a, 1 << 20);

			buf[fread(buf, 1, (1 << 20) - 1, f)] = '\0';
			fclose(f);
			text = buf;
		}
		free(list[i]);
	}
	free(list);
	return text;
}

static const char *
header(const char *text, const char *name)
{
	const char *at = strstr(text, arena_printf(house.a, "\n%s: ", name));

	assert_non_null(at);
	at += strlen(name) + 3;
	return arena_strndup(house.a, at, strcspn(at, "\r\n"));
}

static const char *
deliver(const char *invoice, const char *step, const char *template, const char *recipient)
{
	return sql(arena_printf(
		       house.a,
		       "SELECT document.deliver('invoice', $1::uuid, $2, '%s', $3, 'Ännchen Pay')",
		       template),
		   invoice, step, recipient);
}

static int
render(const char *invoice)
{
	struct err err = { 0 };

	sql("SELECT job.enqueue('render_pdf', 'invoice:' || $1::text, "
	    "jsonb_build_object('invoice_id', "
	    "$1::text))",
	    invoice, NULL, NULL);
	return run_kind(invoiced_db, "invoiced", &document_job_kinds[0],
			arena_printf(house.a, "invoice:%s", invoice), documents, &err);
}

static int
send(const char *delivery, struct err *err)
{
	return run_kind(maild_db, "maild", &maild_kinds[0],
			arena_printf(house.a, "delivery:%s", delivery), maild, err);
}

static const char *
state_of(const char *delivery)
{
	return sql("SELECT state FROM document.delivery WHERE tenant_id = base.tenant_id() AND id "
		   "= $1::uuid",
		   delivery, NULL, NULL);
}

static void
an_invoice_goes_out_once(void **state)
{
	const char *invoice, *delivery, *text, *token;
	struct err err = { 0 };
	struct mail_tag tag;

	need_house();
	empty_mails();
	invoice = an_invoice("RE-1", "pay@acme.example");
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	/* asked twice before it has gone: the same mail */
	assert_string_equal(sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL),
			    delivery);
	assert_string_equal(sql("SELECT delivery_status FROM billing.invoice WHERE id = $1::uuid",
				invoice, NULL, NULL),
			    "queued");
	assert_int_equal(send(delivery, &err), 1); /* no PDF yet: later, without counting */
	assert_string_equal(state_of(delivery), "queued");

	assert_int_equal(render(invoice), 0);
	assert_int_equal(send(delivery, &err), 0);
	assert_string_equal(state_of(delivery), "sent");
	text = mail(0);
	assert_non_null(text);
	assert_null(mail(1));
	assert_non_null(
	    strstr(text,
		   "X-Envelope-From: billing@house.example\r\nX-Envelope-To: pay@acme.example"));
	/* its name leads back to it, and is kept */
	assert_string_equal(
	    header(text, "Message-Id"),
	    arena_printf(house.a, "<%s>",
			 sql("SELECT message_id FROM document.delivery WHERE id = $1::uuid",
			     delivery, NULL, NULL)));
	assert_true(
	    mail_tag_parse((struct str){ header(text, "Message-Id") + 1, MAIL_TAG_LEN }, &tag));
	assert_string_equal(tag.delivery.z, delivery);
	assert_true(mail_tag_is(documents->secret, &tag, &house.tenant));
	assert_non_null(strstr(text, "Rechnung_RE-1.pdf"));
	assert_non_null(strstr(header(text, "Reply-To"), "<office@werk.example>"));
	assert_string_equal(sql("SELECT delivery_status FROM billing.invoice WHERE id = $1::uuid "
				"AND sent_at IS NOT NULL",
				invoice, NULL, NULL),
			    "sent");
	assert_string_equal(
	    sql("SELECT count(*) FROM job.event WHERE tenant_id = base.tenant_id() AND object_id = "
		"$1::uuid AND 'invoice.sent' = ANY (also || type)",
		invoice, NULL, NULL),
	    "1");
	/* the link in it leads to the invoice */
	token = pay_link_token(house.a, documents->secret, house.tenant.z, invoice, 1);
	assert_string_equal(sql("SELECT document.pay_link_find(encode(sha256($1::bytea), 'hex'))",
				token, NULL, NULL),
			    invoice);
	assert_string_equal(sql("SELECT document.pay_link_revoke($1::uuid)", invoice, NULL, NULL),
			    "2");
	assert_null(sql("SELECT document.pay_link_find(encode(sha256($1::bytea), 'hex'))", token,
			NULL, NULL));

	/* sent once more by a person: another step, the same number, a thread with the first */
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	assert_int_equal(send(delivery, &err), 0);
	assert_string_equal(sql("SELECT step FROM document.delivery WHERE id = $1::uuid", delivery,
				NULL, NULL),
			    "resend:1");
	assert_string_equal(header(mail(1), "References"), header(text, "Message-Id"));
	(void)state;
}

static void
receive(const char *invoice, const char *amount)
{
	sql("SELECT payment.receive(base.new_id(), i.account_id, i.entity_id, 'bank', $2::bigint, "
	    "i.currency, i.issue_date, NULL, NULL, NULL, i.id, NULL, ARRAY[i.id], "
	    "ARRAY[$2::bigint], ARRAY[i.amount_due], ARRAY[i.issue_date]) "
	    "FROM billing.invoice i WHERE i.id = $1::uuid",
	    invoice, amount, NULL);
}

static void
a_pdf_is_made_once(void **state)
{
	const char *invoice, *first;

	need_house();
	invoice = an_invoice("RE-2", "pay@acme.example");
	assert_int_equal(render(invoice), 0);
	first = sql("SELECT sha256 FROM document.pdf_of($1::uuid)", invoice, NULL, NULL);
	assert_non_null(first);
	sql("UPDATE job.job SET state = 'scheduled', finished_at = NULL WHERE tenant_id = "
	    "base.tenant_id() AND key = 'invoice:' || $1::text",
	    invoice, NULL, NULL);
	receive(invoice, "1900");
	assert_int_equal(render(invoice), 0);
	assert_string_equal(sql("SELECT sha256 FROM document.pdf_of($1::uuid)", invoice, NULL,
				NULL),
			    first);
	assert_string_equal(sql("SELECT count(*) FROM document.file WHERE object_id = $1::uuid",
				invoice, NULL, NULL),
			    "1");
	(void)state;
}

static void
a_lost_250_is_sent_again_under_the_same_name(void **state)
{
	const char *invoice, *delivery;
	struct err err = { 0 };

	need_house();
	empty_mails();
	invoice = an_invoice("RE-3", "lost@acme.example");
	assert_int_equal(render(invoice), 0);
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	assert_int_equal(send(delivery, &err), -1);
	assert_true(err_def(&err)->retryable);
	assert_string_equal(state_of(delivery), "unknown");
	assert_string_equal(sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL),
			    delivery);
	err_clear(&err);
	assert_int_equal(send(delivery, &err), -1);
	assert_string_equal(header(mail(0), "Message-Id"), header(mail(1), "Message-Id"));
	assert_string_equal(sql("SELECT tries FROM document.delivery WHERE id = $1::uuid", delivery,
				NULL, NULL),
			    "2");
	(void)state;
}

static void
a_refused_mail_opens_a_task_and_tries_another_contact(void **state)
{
	const char *invoice, *delivery, *other;
	struct err err = { 0 };

	need_house();
	empty_mails();
	invoice = an_invoice("RE-4", "refused@acme.example");
	assert_int_equal(render(invoice), 0);
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	assert_int_equal(send(delivery, &err), 0);
	assert_string_equal(state_of(delivery), "bounced");
	assert_string_equal(sql("SELECT delivery_status FROM billing.invoice WHERE id = $1::uuid",
				invoice, NULL, NULL),
			    "queued"); /* to the other one by now */
	assert_string_equal(sql("SELECT count(*) FROM crm.task WHERE tenant_id = base.tenant_id() "
				"AND state = 'open' AND "
				"invoice_id = $1::uuid AND kind = 'delivery_failed'",
				invoice, NULL, NULL),
			    "1");
	assert_null(mail(0));
	other = sql("SELECT id FROM document.delivery WHERE document_id = $1::uuid AND recipient = "
		    "'pay@acme.example'",
		    invoice, NULL, NULL);
	assert_non_null(other);
	assert_int_equal(send(other, &err), 0);
	assert_string_equal(state_of(other), "sent");
	assert_string_equal(sql("SELECT count(*) FROM crm.task WHERE tenant_id = base.tenant_id() "
				"AND state = 'open' AND "
				"invoice_id = $1::uuid",
				invoice, NULL, NULL),
			    "0");
	(void)state;
}

static void
a_mail_that_is_put_off_is_tried_again(void **state)
{
	const char *invoice, *delivery;
	struct err err = { 0 };

	need_house();
	empty_mails();
	invoice = an_invoice("RE-5", "later@acme.example");
	assert_int_equal(render(invoice), 0);
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	assert_int_equal(send(delivery, &err), -1);
	assert_true(err_def(&err)->retryable);
	assert_string_equal(state_of(delivery), "sending");
	assert_null(mail(0));
	(void)state;
}

static void
what_was_paid_meanwhile_is_not_reminded_of(void **state)
{
	const char *invoice, *delivery;
	struct err err = { 0 };

	need_house();
	empty_mails();
	invoice = an_invoice("RE-6", "pay@acme.example");
	assert_int_equal(render(invoice), 0);
	delivery = deliver(invoice, "reminder:7", "reminder", "pay@acme.example");
	assert_string_equal(deliver(invoice, "reminder:7", "reminder", "pay@acme.example"),
			    delivery);
	receive(invoice, "11900");
	assert_int_equal(send(delivery, &err), 0);
	assert_string_equal(state_of(delivery), "cancelled");
	assert_null(mail(0));
	delivery = deliver(invoice, "receipt", "receipt", "pay@acme.example");
	assert_int_equal(send(delivery, &err), 0);
	assert_non_null(mail(0));
	(void)state;
}

static void
an_invitation_holds_a_link_that_works(void **state)
{
	const char *user = uuid_new_z(house.a), *text, *at;
	struct err err = { 0 };

	need_house();
	empty_mails();
	sql("SELECT auth.create_user($1::uuid, $2, 'Nora <New>', 'sales', NULL)", user,
	    arena_printf(house.a, "nora-%s@house.example", user), NULL);
	assert_int_equal(run_kind(maild_db, "maild", &maild_kinds[1],
				  arena_printf(house.a, "invite:%s", user), maild, &err),
			 0);
	text = mail(0);
	assert_non_null(text);
	at = strstr(text, "https://house.example/welcome#");
	assert_non_null(at);
	assert_string_equal(sql("SELECT count(*) FROM auth.link WHERE tenant_id = base.tenant_id() "
				"AND user_id = $1::uuid",
				user, NULL, NULL),
			    "1");
	(void)state;
}

static void
the_tenants_own_words_come_first(void **state)
{
	const char *invoice, *delivery;
	struct err err = { 0 };

	need_house();
	empty_mails();
	sql("INSERT INTO document.template (id, kind, locale, subject, text, html)"
	    " VALUES (base.new_id(), 'invoice', 'de', 'Ihre Nummer {{number}}', 'Text', "
	    "'<p>{{seller.name}}</p>')",
	    NULL, NULL, NULL);
	invoice = an_invoice("RE-7", "pay@acme.example");
	assert_int_equal(render(invoice), 0);
	delivery = sql("SELECT document.send_invoice($1::uuid)", invoice, NULL, NULL);
	assert_int_equal(send(delivery, &err), 0);
	assert_string_equal(header(mail(0), "Subject"), "Ihre Nummer RE-7");
	assert_non_null(strstr(mail(0), "<p>Werk &amp; S=C3=B6hne</p>"));
	(void)state;
}

static int
setup(void **state)
{
	struct err err = { 0 };

	(void)state;
	if (house_open() < 0)
		return -1;
	start_peer();
	config = (struct maild_config){ .from = "billing@house.example",
					.mailbox = { .url = "" },
					.public_url = "https://house.example",
					.store = { .state_dir = house.dir, .url = "" },
					.secret_file = house.secret_file,
					.smtp_url =
					    arena_printf(house.a, "smtp://127.0.0.1:%d", peer.smtp),
					.smtp_user = "" };
	maild = maild_open(&config, &err);
	documents =
	    document_open(file_store_local(arena_printf(house.a, "%s/documents", house.dir)),
			  "https://house.example", house.secret_file, &err);
	if (!maild || !documents)
		return -1;
	if (house.admin) {
		maild_db = program("maild");
		invoiced_db = program("invoiced");
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fclose(peer.to);
	waitpid(peer.pid, NULL, 0);
	empty_mails();
	rmdir(peer.dir);
	db_free(house.admin);
	db_free(maild_db);
	db_free(invoiced_db);
	arena_free(house.a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invoice_goes_out_once),
		cmocka_unit_test(a_pdf_is_made_once),
		cmocka_unit_test(a_lost_250_is_sent_again_under_the_same_name),
		cmocka_unit_test(a_refused_mail_opens_a_task_and_tries_another_contact),
		cmocka_unit_test(a_mail_that_is_put_off_is_tried_again),
		cmocka_unit_test(what_was_paid_meanwhile_is_not_reminded_of),
		cmocka_unit_test(an_invitation_holds_a_link_that_works),
		cmocka_unit_test(the_tenants_own_words_come_first),
	};

	return cmocka_run_group_tests_name("maild", tests, setup, teardown);
}
