/*
 * smtp.c - one mail to one server, and what became of it.
 *
 * The moment that counts is the end of the data: before it a broken connection means "not sent";
 * after it, until the server's 250, nobody can know. That window is `maybe_sent`, and nothing but
 * that window. libcurl reads the message from us, so that we see whether it took all of it; the
 * last answer's code tells the rest: 354 (go on) is still the last one when the 250 got lost.
 *
 * A kept connection that the server has closed meanwhile fails before any data: such a mail is
 * tried once more on a new connection.
 */
#include "client.h"

enum { TIMEOUT_MS = 60000 };

struct outgoing {
	struct str message;
	size_t read;
	bool all_read; /* libcurl has all of it: the closing dot may be out */
	char reply[160];
};

static size_t
give(char *p, size_t size, size_t n, void *arg)
{
	struct outgoing *o = arg;
	size_t left = o->message.len - o->read, take = size * n < left ? size * n : left;

	memcpy(p, o->message.p + o->read, take);
	o->read += take;
	/* libcurl may not ask again once it has as many bytes as it was told */
	o->all_read = o->read == o->message.len;
	return take;
}

/* libcurl hands every answer line of the server to the header callback. */
static size_t
take_reply(char *p, size_t size, size_t n, void *arg)
{
	struct outgoing *o = arg;
	struct str line = str_trim((struct str){ p, size * n });

	if (str_starts(line, STR("221"))) /* good-bye: why it comes to that was said before */
		return size * n;
	snprintf(o->reply, sizeof(o->reply), STR_FMT, STR_ARG(line));
	for (char *c = o->reply; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	str_mend(o->reply); /* in any charset, or cut within a letter */
	return size * n;
}

static size_t
drop_body(char *p, size_t size, size_t n, void *arg)
{
	(void)p, (void)arg;
	return size * n;
}

/* What may stand between < and > of the envelope. */
static bool
is_path(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f || *s == '<' || *s == '>')
			return false;
	return true;
}

static int
judge(CURLcode rc, const struct outgoing *o, const char *words, struct net_mail_result *ret,
      struct err *err)
{
	const char *why = *words ? words : curl_easy_strerror(rc);

	ret->maybe_sent = o->all_read && (ret->smtp_code == 354 || ret->smtp_code == 250);
	if (ret->smtp_code >= 500 && !ret->maybe_sent)
		err_set(err, ERR_validation_failed, "the mail server refused the mail: %s",
			o->reply);
	else if (ret->smtp_code >= 400 && !ret->maybe_sent)
		err_set(err, ERR_unavailable, "the mail server put the mail off: %s", o->reply);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		err_set(err, ERR_timeout, "the mail server took too long");
	else if (rc == CURLE_LOGIN_DENIED)
		err_set(err, ERR_unavailable, "the mail server refused the log-in");
	else
		err_set(err, ERR_unavailable, "the mail server cannot be reached");
	err_cause(err, "smtp: %s (last answer %d)", why, ret->smtp_code);
	return -1;
}

static CURLcode
perform(CURL *h, const struct net_mail *m, struct outgoing *o, struct curl_slist *to, char *words,
	bool fresh)
{
	client_reset(h, m->timeout_ms > 0 ? m->timeout_ms : TIMEOUT_MS);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_URL, m->url);
	curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(m->user ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (m->user) {
		curl_easy_setopt(h, CURLOPT_USERNAME, m->user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, m->password ? m->password : "");
	}
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, m->from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->message.len);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(h, CURLOPT_READDATA, o);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_reply);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, o);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, drop_body);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, words);
	return curl_easy_perform(h);
}

int
net_smtp(struct net *n, const struct net_mail *m, struct net_mail_result *ret, struct err *err)
{
	struct curl_slist *to = NULL;
	struct outgoing o = { .message = m->message };
	char words[CURL_ERROR_SIZE] = "";
	long code = 0;
	CURLcode rc;

	*ret = (struct net_mail_result){ 0 };
	if (!m->to[0] || !is_path(m->from))
		return err_set(err, ERR_validation_failed, "the envelope is not sound");
	for (size_t i = 0; m->to[i]; i++) {
		if (!*m->to[i] || !is_path(m->to[i])) {
			curl_slist_free_all(to);
			return err_set(err, ERR_validation_failed, "the envelope is not sound");
		}
		to = curl_slist_append(to, m->to[i]);
	}
	for (int fresh = 0; fresh < 2; fresh++) {
		long connects = 0;

		o = (struct outgoing){ .message = m->message };
		rc = perform(n->mail, m, &o, to, words, fresh);
		curl_easy_getinfo(n->mail, CURLINFO_RESPONSE_CODE, &code);
		curl_easy_getinfo(n->mail, CURLINFO_NUM_CONNECTS, &connects);
		if (rc == CURLE_OK || connects > 0 || o.read || rc == CURLE_OPERATION_TIMEDOUT)
			break;
	}
	client_reset(n->mail, TIMEOUT_MS); /* the handle outlives this call's variables */
	curl_slist_free_all(to);
	ret->smtp_code = (int)code;
	snprintf(ret->reply, sizeof(ret->reply), "%s", o.reply);
	return rc == CURLE_OK ? 0 : judge(rc, &o, words, ret, err);
}
