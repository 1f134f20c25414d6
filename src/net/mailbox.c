/*
 * mailbox.c - one folder of one IMAP account: what is new in it, its bytes, and what was dealt
 * with.
 *
 * The folder is read by ids that never change while its UIDVALIDITY stays; no sequence numbers, no
 * flags decide anything. Reading peeks. The sign-in is libcurl's: TLS with the host's own
 * certificate, or this machine.
 */
#include "imap.h"

#include <billfold/base/monotonic.h>

#include <inttypes.h>

enum { TIMEOUT_MS = 120000, FOLDER_MAX = 200, LIST_SPAN = 2000, LIST_TRIES = 50 };

/* ---- opening ---- */

/* In quotes, as a server takes it; names of other letters are in modified UTF-7 already. */
static bool
folder_ok(const char *name)
{
	size_t n = 0;

	for (; name[n]; n++)
		if ((unsigned char)name[n] < 0x20 || (unsigned char)name[n] >= 0x7f ||
		    strchr("\"\\{}", name[n]))
			return false;
	return n > 0 && n < FOLDER_MAX;
}

/* Where nobody else can listen. */
static bool
is_here(const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL;
	bool here = false;

	if (u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		here = strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 ||
		       strcmp(host, "localhost") == 0;
	curl_free(host);
	curl_url_cleanup(u);
	return here;
}

static int
refused(CURLcode rc, const char *words, struct err *err)
{
	static const struct {
		CURLcode rc;
		enum err_code code;
		const char *detail;
	} known[] = {
		{ CURLE_LOGIN_DENIED, ERR_unavailable, "the mailbox's server refused the log-in" },
		{ CURLE_PEER_FAILED_VERIFICATION, ERR_unavailable,
		  "the mailbox's server has no certificate that counts" },
		{ CURLE_USE_SSL_FAILED, ERR_unavailable,
		  "the mailbox's server does not encrypt the connection" },
		{ CURLE_OPERATION_TIMEDOUT, ERR_timeout, "the mailbox's server took too long" },
		{ CURLE_URL_MALFORMAT, ERR_unavailable, "imap_url is no address of a server" },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_unavailable,
		  "imap_url is neither imap:// nor imaps://" },
	};

	err_set(err, ERR_unavailable, "the mailbox's server cannot be reached");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].rc == rc)
			err_set(err, known[i].code, "%s", known[i].detail);
	err_cause(err, "imap: %s", *words ? words : curl_easy_strerror(rc));
	return -1;
}

static int
sign_in(struct imap_session *s, const struct net_mailbox_at *at, struct err *err)
{
	int timeout = at->timeout_ms > 0 ? at->timeout_ms : TIMEOUT_MS;
	char words[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	client_reset(s->curl, timeout);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	curl_easy_setopt(s->curl, CURLOPT_URL, at->url);
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL,
			 (long)(is_here(at->url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	if (at->ca_file && *at->ca_file)
		curl_easy_setopt(s->curl, CURLOPT_CAINFO, at->ca_file);
	curl_easy_setopt(s->curl, CURLOPT_USERNAME, at->user ? at->user : "");
	curl_easy_setopt(s->curl, CURLOPT_PASSWORD, at->password ? at->password : "");
	curl_easy_setopt(s->curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, words);
	s->deadline_ms = monotonic_ms() + timeout + 1000;
	rc = curl_easy_perform(s->curl);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER,
			 NULL); /* it outlives this call's variables */
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &s->socket);
	return rc == CURLE_OK && s->socket != CURL_SOCKET_BAD ? 0 : refused(rc, words, err);
}

static int64_t
number_behind(const char *line, const char *word)
{
	const char *at = strstr(line, word);
	int64_t n = 0;

	if (at) {
		at += strlen(word);
		str_to_int((struct str){ at, strspn(at, "0123456789") }, 0, UINT32_MAX, &n);
	}
	return n;
}

static int
select_folder(struct net_mailbox *m, const char *folder, struct err *err)
{
	struct arena *a = arena_new(0);
	struct imap_answer answer;
	int rc = imap_command(m->session, err, "SELECT \"%s\"", folder);

	while (rc == 0 && (rc = imap_next(m->session, a, IMAP_LINE_MAX, &answer, err)) > 0) {
		int64_t validity = number_behind(answer.line, "[UIDVALIDITY "),
			next = number_behind(answer.line, "[UIDNEXT ");

		m->uid_validity = validity ? validity : m->uid_validity;
		m->uid_next = next ? next : m->uid_next;
		rc = 0;
		arena_reset(a);
	}
	arena_free(a);
	if (rc == 0 && m->uid_validity == 0)
		return err_set(err, ERR_bad_gateway, "the mailbox has no lasting ids");
	return rc;
}

int
net_mailbox_open(const struct net_mailbox_at *at, struct net_mailbox *ret, struct err *err)
{
	*ret = (struct net_mailbox){ 0 };
	if (!folder_ok(at->folder))
		return err_set(err, ERR_unavailable, "this is no name of a folder");
	ret->session = calloc(1, sizeof(*ret->session));
	if (!ret->session || !(ret->session->curl = curl_easy_init()))
		abort();
	if (sign_in(ret->session, at, err) == 0 && select_folder(ret, at->folder, err) == 0)
		return 0;
	net_mailbox_close(ret);
	return -1;
}

void
net_mailbox_close(struct net_mailbox *m)
{
	struct err ignored = { 0 };

	if (!m->session)
		return;
	if (m->uid_validity)
		imap_command(m->session, &ignored, "LOGOUT");
	curl_easy_cleanup(m->session->curl);
	free(m->session);
	*m = (struct net_mailbox){ 0 };
}

/* ---- reading ---- */

/* Ids may leave gaps, and a server may answer in any order. */
static void
keep(struct net_mailbox_entry *list, int *n, int max, struct net_mailbox_entry e)
{
	int at = *n;

	while (at > 0 && list[at - 1].uid > e.uid)
		at--;
	if (at == max || (at > 0 && list[at - 1].uid == e.uid))
		return;
	if (*n < max)
		++*n;
	memmove(list + at + 1, list + at, sizeof(*list) * (size_t)(*n - 1 - at));
	list[at] = e;
}

static int
list_span(struct net_mailbox *m, int64_t from, int64_t to, struct net_mailbox_entry *ret, int *n,
	  int max, struct err *err)
{
	struct arena *a = arena_new(0);
	struct imap_answer answer;
	int rc = imap_command(m->session, err,
			      "UID FETCH %" PRId64 ":%" PRId64 " (UID RFC822.SIZE)", from, to);

	while (rc == 0 && (rc = imap_next(m->session, a, IMAP_LINE_MAX, &answer, err)) > 0) {
		struct net_mailbox_entry e = { number_behind(answer.line, "UID "),
					       number_behind(answer.line, "RFC822.SIZE ") };

		if (strstr(answer.line, " FETCH (") && e.uid >= from && e.uid <= to)
			keep(ret, n, max, e);
		rc = 0;
		arena_reset(a);
	}
	arena_free(a);
	return rc;
}

/* In spans, so that a full mailbox is not listed to the end for its first mails. */
int
net_mailbox_list(struct net_mailbox *m, int64_t after_uid, struct net_mailbox_entry *ret, int max,
		 struct err *err)
{
	int64_t end = m->uid_next ? m->uid_next - 1 : UINT32_MAX;
	int n = 0;

	if (m->uid_next == 0)
		return list_span(m, after_uid + 1, UINT32_MAX, ret, &n, max, err) < 0 ? -1 : n;
	for (int i = 0; i < LIST_TRIES && n == 0 && after_uid < end; i++) {
		/* the last stretch as a whole, however wide the gaps were */
		int64_t to = i + 1 == LIST_TRIES || end - after_uid < LIST_SPAN
				 ? end
				 : after_uid + LIST_SPAN;

		if (list_span(m, after_uid + 1, to, ret, &n, max, err) < 0)
			return -1;
		after_uid = to;
	}
	return n;
}

int
net_mailbox_read(struct net_mailbox *m, struct arena *a, int64_t uid, size_t max, struct str *ret,
		 struct err *err)
{
	struct imap_answer answer;
	int rc = imap_command(m->session, err, "UID FETCH %" PRId64 " (UID BODY.PEEK[]<0.%zu>)",
			      uid, max),
	    found = 0, literals = 0;

	while (rc == 0 && (rc = imap_next(m->session, a, max, &answer, err)) > 0) {
		if (answer.has_literal && literals++)
			return err_set(err, ERR_bad_gateway,
				       "the mailbox's server sends more than was asked for");
		if (answer.has_literal && strstr(answer.line, "BODY[]")) {
			*ret = answer.literal;
			found = 1;
		}
		rc = 0;
	}
	return rc < 0 ? -1 : found;
}

static int
finish(struct net_mailbox *m, struct err *err)
{
	struct arena *a = arena_new(0);
	struct imap_answer answer;
	int rc;

	do {
		rc = imap_next(m->session, a, IMAP_LINE_MAX, &answer, err);
		arena_reset(a);
	} while (rc > 0);
	arena_free(a);
	return rc;
}

int
net_mailbox_settle(struct net_mailbox *m, int64_t uid, const char *folder, struct err *err)
{
	if (imap_command(m->session, err, "UID STORE %" PRId64 " +FLAGS.SILENT (\\Seen)", uid) <
		0 ||
	    finish(m, err) < 0)
		return -1;
	if (!folder || !*folder)
		return 0;
	if (!folder_ok(folder))
		return err_set(err, ERR_unavailable, "this is no name of a folder");
	return imap_command(m->session, err, "UID MOVE %" PRId64 " \"%s\"", uid, folder) < 0
		   ? -1
		   : finish(m, err);
}
