/*
 * cli/doctor_host.c - is the machine as the programs need it: files and their modes, servers that
 * answer, a schema of this release, clocks that agree, room on the disk.
 */
#include "doctor.h"

#include <billfold/base/date.h>
#include <billfold/crypto.h>
#include <billfold/net.h>
#include <billfold/redis.h>

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	REDIS_MS = 1000,
	HTTP_MS = 5000,
	CLOCK_LOOKS = 3,
	SKEW_WARN_MS = 1000,
	SKEW_FAIL_MS = 30000
};

static const char at_unit[] = "it is laid down for each unit by the service manager";

static bool
by_credential(const char *path)
{
	return str_starts(str_from(path), STR("credential:"));
}

/* ---- secrets ---- */

/* false, and said, where others could read it or nobody can. */
static bool
private_file(struct doctor *d, const char *name, const char *path, mode_t allowed)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		doctor_say(d, name, DOCTOR_FAILED,
			   errno == EACCES ? "run doctor as the programs' user or as root"
					   : "deploy/README.md tells how it is made",
			   "%s: %s", path, strerror(errno));
		return false;
	}
	if (st.st_mode & 07777 & ~allowed) {
		doctor_say(d, name, DOCTOR_FAILED,
			   arena_printf(d->arena, "chmod %o %s; whoever read it meanwhile has it",
					(unsigned)(allowed & 0700), path),
			   "%s has mode %04o: others may use it", path,
			   (unsigned)(st.st_mode & 07777));
		return false;
	}
	return true;
}

static void
check_secret(struct doctor *d, const char *name)
{
	const char *path = d->config.secret_file;
	const struct secret *secret;
	struct err err = { 0 };

	if (by_credential(path)) {
		doctor_say(d, name, DOCTOR_SKIPPED, NULL, "%s", at_unit);
		return;
	}
	if (!private_file(d, name, path, 0640))
		return;
	if (crypto_init(&err) < 0 || secret_load(path, &secret, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "a line is 32 random bytes in base64: openssl rand -base64 32",
				 &err);
		return;
	}
	secret_free(secret);
	doctor_say(d, name, DOCTOR_OK, NULL, "%s", path);
}

static int
key_modes(struct doctor *d, const char *name, const char *dir, int *ret_n)
{
	DIR *in = opendir(dir);
	struct dirent *e;
	int rc = 0;

	*ret_n = 0;
	if (!in) {
		doctor_say(d, name, DOCTOR_FAILED, "deploy/README.md tells how a key is made",
			   "%s: %s", dir, strerror(errno));
		return -1;
	}
	while (rc == 0 && (e = readdir(in))) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 4, ".pem") != 0)
			continue;
		++*ret_n;
		if (!private_file(d, name, arena_printf(d->arena, "%s/%s", dir, e->d_name), 0640))
			rc = -1;
	}
	closedir(in);
	return rc;
}

static void
check_keys(struct doctor *d, const char *name)
{
	const char *dir = d->config.keys_dir;
	struct jwt_keys *keys;
	struct err err = { 0 };
	int n;

	if (by_credential(dir)) {
		doctor_say(d, name, DOCTOR_SKIPPED, NULL, "%s", at_unit);
		return;
	}
	if (!private_file(d, name, dir, 0750) || key_modes(d, name, dir, &n) < 0)
		return;
	if (jwt_keys_load(dir, d->config.public_url, &keys, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "keys are EC P-256 private keys, a KID.pem each", &err);
		return;
	}
	jwt_keys_free(keys);
	doctor_say(d, name, DOCTOR_OK, NULL, "%s: %d key%s", dir, n, n == 1 ? "" : "s");
}

/* ---- the database ---- */

static void
check_database(struct doctor *d, const char *name)
{
	struct flush *f = flush_new(d->db, d->arena);
	struct err err = { 0 };
	int stmt = flush_addv(f,
			      "SELECT current_setting('server_version'), current_database(), "
			      "pg_is_in_recovery(), pg_size_pretty(pg_database_size("
			      "current_database()))",
			      FLUSH_END);
	bool standby;

	if (flush_run(f, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "see whether PostgreSQL runs where `database` says, and lets "
				 "this user in as billfold_migrate (pg_hba.conf, pg_ident.conf)",
				 &err);
		return;
	}
	d->reachable = true;
	standby = flush_bool(f, stmt, 0, 2);
	doctor_say(d, name, standby ? DOCTOR_FAILED : DOCTOR_OK,
		   "this is a standby: `database` has to name the primary",
		   "PostgreSQL %s, %s, %s%s", flush_value(f, stmt, 0, 0),
		   flush_value(f, stmt, 0, 1), flush_value(f, stmt, 0, 3),
		   standby ? ", in recovery: nothing can be written" : "");
}

static void
count_step(void *arg, const char *what, const char *object)
{
	struct doctor *d = arg;

	doctor_find(d, &(struct doctor_finding){ .table = object, .text = what });
}

/* A database that was never migrated has no table that says how far it is: it is at 0. */
static int
schema_version(struct doctor *d, int *ret, struct err *err)
{
	static const char undefined_table[] = "42P01";

	*ret = 0;
	if (migrate_version(d->db, ret, err) == 0)
		return 0;
	return strcmp(err->sqlstate, undefined_table) == 0 ? 0 : -1;
}

static void
check_schema(struct doctor *d, const char *name)
{
	const struct migrate_plan plan = {
		.sql_dir = d->config.sql_dir, .dry_run = true, .say = count_step, .arg = d
	};
	struct err err = { 0 };
	int version;

	if (schema_version(d, &version, &err) < 0) {
		d->reachable = false;
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "the schema's number cannot be read: see the database's log",
				 &err);
		return;
	}
	if (version < migrate_needed) {
		d->reachable = false;
		doctor_say(d, name, DOCTOR_FAILED, "run billfold migrate",
			   "the schema is at %d, this release needs %d", version, migrate_needed);
		return;
	}
	if (migrate_run(cli_conninfo(d->c, "billfold_migrate"), &plan, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED, "see sql_dir and the database's log",
				 &err);
		return;
	}
	doctor_say(d, name, d->found ? DOCTOR_FAILED : DOCTOR_OK, "run billfold migrate",
		   d->found ? "%d steps of this release are not done"
			    : "at %d, functions and reference data of this release",
		   d->found ? d->found : version);
}

/* How far the database's clock is ahead, and how long asking took, in microseconds. */
static int
ask_clock(struct doctor *d, int64_t *ret_ahead, int64_t *ret_took, struct err *err)
{
	struct flush *f = flush_new(d->db, d->arena);
	int stmt = flush_addv(f, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
			      FLUSH_END);
	int64_t before = instant_now();

	if (flush_run(f, err) < 0)
		return -1;
	*ret_took = instant_now() - before;
	/* Half of the round trip is on the way there. */
	*ret_ahead = flush_int(f, stmt, 0, 0) - before - *ret_took / 2;
	return 0;
}

static void
check_clock(struct doctor *d, const char *name)
{
	int64_t ahead, took, quickest = INT64_MAX, off = 0;
	struct err err = { 0 };

	/* Where an answer dawdled, nobody knows on which half of its way: the quickest tells most.
	 */
	for (int i = 0; i < CLOCK_LOOKS; i++) {
		if (ask_clock(d, &ahead, &took, &err) < 0) {
			doctor_say_error(d, name, DOCTOR_FAILED, NULL, &err);
			return;
		}
		if (took < quickest) {
			quickest = took;
			off = (ahead < 0 ? -ahead : ahead) / 1000;
		}
	}
	doctor_say(d, name,
		   off >= SKEW_FAIL_MS   ? DOCTOR_FAILED
		   : off >= SKEW_WARN_MS ? DOCTOR_WARNING
					 : DOCTOR_OK,
		   "keep both machines on time: leases, tokens and signatures go by it (chrony, "
		   "systemd-timesyncd)",
		   "this machine and the database's are %lld ms apart", (long long)off);
}

/* ---- the other servers ---- */

static void
check_redis(struct doctor *d, const char *name)
{
	struct cache *cache = cache_new(d->config.redis, REDIS_MS);
	struct err err = { 0 };

	if (cache_ping(cache, &err) < 0)
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "see whether Redis runs where `redis` says; without it nobody "
				 "signs in, and jobs wait for the sweep",
				 &err);
	else
		doctor_say(d, name, DOCTOR_OK, NULL, "%s", d->config.redis);
	cache_free(cache);
}

static int
ask(struct doctor *d, const char *url, struct net_answer *ret, struct err *err)
{
	struct net *net = net_new();
	const struct net_request q = {
		.method = "GET", .url = url, .timeout_ms = HTTP_MS, .allow_private = true
	};
	int rc = net_http(net, d->arena, &q, ret, err);

	net_free(net);
	return rc;
}

/* A path that needs no log-in goes the whole way: nginx, its socket, a worker. */
static void
check_nginx(struct doctor *d, const char *name)
{
	const char *url = arena_printf(d->arena, "%s/.well-known/jwks.json", d->config.public_url);
	struct net_answer answer = { 0 };
	struct err err = { 0 };

	if (ask(d, url, &answer, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "see whether nginx runs and listens where public_url says "
				 "(nginx -t, its error log)",
				 &err);
		return;
	}
	if (answer.status == 200)
		doctor_say(d, name, DOCTOR_OK, NULL, "%s answers", d->config.public_url);
	else
		doctor_say(d, name, DOCTOR_FAILED,
			   answer.status >= 502 && answer.status <= 504
			       ? "nginx is there, billfold-api behind it is not: see its log"
			       : "see whether public_url leads to this nginx",
			   "%s answered %d", url, answer.status);
}

static void
ask_program(struct doctor *d, int i, int *asked)
{
	const char *listen = d->config.metrics[i];
	struct net_answer answer = { 0 };
	struct err err = { 0 };

	if (!listen || !listen[0])
		return;
	++*asked;
	if (ask(d, arena_printf(d->arena, "http://%s/ready", listen), &answer, &err) < 0)
		doctor_find(d,
			    &(struct doctor_finding){
				.table = arena_printf(d->arena, "billfold-%s", doctor_programs[i]),
				.text = arena_printf(d->arena, "does not answer at %s", listen) });
	else if (answer.status != 200)
		doctor_find(d,
			    &(struct doctor_finding){
				.table = arena_printf(d->arena, "billfold-%s", doctor_programs[i]),
				.text = arena_printf(d->arena, "is not ready: " STR_FMT,
						     STR_ARG(str_trim(answer.body))) });
}

static void
check_programs(struct doctor *d, const char *name)
{
	int asked = 0;

	for (int i = 0; doctor_programs[i]; i++)
		ask_program(d, i, &asked);
	if (!asked)
		doctor_say(d, name, DOCTOR_SKIPPED, NULL,
			   "no PROGRAM_metrics says where programs answer");
	else
		doctor_say(d, name, d->found ? DOCTOR_FAILED : DOCTOR_OK,
			   "start it, or see its log why it is not ready",
			   d->found ? "%d of %d are not ready" : "%d of %d are ready",
			   d->found ? d->found : asked, asked);
}

/* ---- the mailbox ---- */

static void
check_mailbox(struct doctor *d, const char *name)
{
	const struct mailbox_settings *s = &d->config.mailbox;
	const char *mailbox, *address;
	struct err err = { 0 };

	if (!*s->url) {
		doctor_say(d, name, DOCTOR_SKIPPED, NULL,
			   "no imap_url: bounces and replies are not read");
		return;
	}
	if (mailbox_return(s, d->config.mail_from, &address, &err) < 0)
		doctor_say_error(d, name, DOCTOR_FAILED, "billfold.conf(5) tells of mail_return",
				 &err);
	else if (mailbox_look(d->arena, s, &mailbox, &err) < 0)
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "see imap_url, imap_user, imap_password and imap_folder; what "
				 "comes back waits in the mailbox meanwhile",
				 &err);
	else
		doctor_say(d, name, DOCTOR_OK, NULL, "%s, for mail to %s", mailbox, address);
}

/* ---- the disk ---- */

static void
check_disk(struct doctor *d, const char *name)
{
	const char *dir = d->config.store.state_dir;
	struct statvfs fs;
	double free_gib, part;
	bool no_file;

	if (statvfs(dir, &fs) < 0) {
		doctor_say(d, name, DOCTOR_FAILED,
			   "make it, owned by the programs' user, mode 0700", "%s: %s", dir,
			   strerror(errno));
		return;
	}
	free_gib = (double)fs.f_bavail * (double)fs.f_frsize / (1 << 30);
	part = fs.f_blocks ? (double)fs.f_bavail / (double)fs.f_blocks : 0;
	/* Some file systems (btrfs) do not count: of no files none are left. */
	no_file = fs.f_files > 0 && fs.f_favail == 0;
	doctor_say(d, name,
		   free_gib < 0.2 || no_file     ? DOCTOR_FAILED
		   : free_gib < 2 || part < 0.05 ? DOCTOR_WARNING
						 : DOCTOR_OK,
		   "make room: documents that cannot be stored are not sent",
		   "%s: %.1f GiB free, %.0f %%%s", dir, free_gib, part * 100,
		   no_file ? ", and room for no further file" : "");
}

const struct doctor_check doctor_host_checks[] = {
	{ "secret", check_secret, true, false },     { "keys", check_keys, true, false },
	{ "disk", check_disk, true, false },         { "store", doctor_check_store, true, false },
	{ "redis", check_redis, true, false },       { "nginx", check_nginx, true, false },
	{ "programs", check_programs, true, false }, { "mailbox", check_mailbox, true, false },
	{ "database", check_database, true, false }, { "schema", check_schema, true, true },
	{ "clock", check_clock, true, true },        { NULL, NULL, false, false },
};
