/*
 * service.c - a program's main: options, configuration, and which of its roles this process has.
 *
 * Without ROLE_ENV a process is the supervisor. With it, it is one of the supervisor's own: a
 * worker (its number in the scoreboard), "check" (is the configuration sound?) or "ready" (asks the
 * program's ready function once). Every image reads the configuration file for itself, so that
 * nothing but descriptors has to be handed on.
 */
#include "config.h"

#include "confine.h"
#include "manual.h"
#include "supervisor.h"
#include "worker.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <billfold/base/log.h>

struct options {
	const struct service *service;
	const char *config_file;
};

enum { OPT_VERSION = 'V', OPT_MANUAL = 256, OPT_KEYS };

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0, "read this configuration file", 0 },
	{ "version", OPT_VERSION, NULL, 0, "print program version", -1 },
	/* What the manual pages are made by. */
	{ "manual", OPT_MANUAL, NULL, OPTION_HIDDEN, "print the manual page", 0 },
	{ "keys", OPT_KEYS, NULL, OPTION_HIDDEN, "print the keys of the configuration file", 0 },
	{ 0 },
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'c':
		o->config_file = arg;
		return 0;
	case OPT_VERSION:
		printf("%s (Billfold) %s\n", o->service->name, PACKAGE_VERSION);
		exit(0);
	case OPT_MANUAL:
		manual_page(o->service);
		exit(fflush(stdout) == 0 ? 0 : 1);
	case OPT_KEYS:
		manual_keys(o->service);
		exit(fflush(stdout) == 0 ? 0 : 1);
	case ARGP_KEY_ARG:
		argp_usage(state);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * "credential:NAME" is a file that the service manager laid down for this unit alone
 * (LoadCredential=); "credential:" is their directory.
 */
static int
find_credentials(const struct config_key *keys, char *config, struct arena *a, struct err *err)
{
	static const struct str prefix = { "credential:", 11 };
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	for (; keys->name; keys++) {
		const char **value = (const char **)(void *)(config + keys->offset);

		if (keys->type != CT_STR || !str_starts(str_from(*value), prefix))
			continue;
		if (!dir)
			return err_set(err, ERR_internal, "%s: there are no credentials here",
				       keys->name);
		*value = arena_printf(a, "%s/%s", dir, *value + prefix.len);
	}
	return 0;
}

static int
load_config(const struct options *o, struct arena *a, struct service_config **ret)
{
	struct err err = { 0 };
	void *config = arena_alloc(a, o->service->config_size);
	struct service_config *c = config;
	enum log_level level;

	if (config_load(o->config_file, o->service->config, config, a, &err) < 0 ||
	    find_credentials(o->service->config, config, a, &err) < 0)
		goto bad;
	if (log_level_by_name(c->log_level, &level) < 0) {
		err_set(&err, ERR_internal,
			"log_level \"%s\" is not one of debug, info, warn, error", c->log_level);
		goto bad;
	}
	if (c->workers < 1 || c->workers > BOARD_SLOTS || c->max_units < 0 || c->unit_limit_s < 0) {
		err_set(&err, ERR_internal,
			"workers must be 1 to %d, max_units and unit_limit 0 or more", BOARD_SLOTS);
		goto bad;
	}
	log_open(o->service->name, level);
	*ret = c;
	return 0;
bad:
	log_event(LOG_ERROR, "configuration is not sound", "file", o->config_file, "error",
		  err.detail, "cause", err.cause[0] ? err.cause : NULL, NULL);
	return -1;
}

static int
run_worker(const struct service *s, const struct service_config *c, int number, int board_fd,
	   pid_t parent)
{
	struct worker w;
	struct board *board;
	struct err err = { 0 };
	char z[16];

	snprintf(z, sizeof(z), "%d", number);
	log_bind("worker", z);
	if (board_attach(board_fd, s->metric_names, &board, &err) < 0 ||
	    worker_open(&w, s, c, board, number, parent, &err) < 0 || confine_worker(&err) < 0) {
		log_event(LOG_ERROR, "worker cannot start", "error", err.detail, NULL);
		return 1;
	}
	close(board_fd);
	return s->child(&w, c);
}

static int
run_ready(const struct service *s, const struct service_config *c)
{
	struct err err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (!s->ready || s->ready(c, &err) == 0)
		return 0;
	log_event(LOG_WARN, "not ready", "error", err.detail, "cause",
		  err.cause[0] ? err.cause : NULL, NULL);
	return 1;
}

/* A supervisor's signals were blocked before the fork; a helper has none of its own to read. */
static void
unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
run_role(const struct service *s, const struct service_config *c, const char *role_env)
{
	struct str rest, role = str_cut(str_from(role_env), ' ', &rest);
	int64_t fd, parent, number;

	if (!str_to_int(str_cut(rest, ' ', &rest), 0, INT_MAX, &fd) ||
	    !str_to_int(rest, 1, INT_MAX, &parent) || getppid() != (pid_t)parent) {
		log_event(LOG_ERROR, ROLE_ENV " is set, but not by a supervisor of ours", NULL);
		return 1;
	}
	prctl(PR_SET_NAME, program_invocation_short_name);
	if (str_to_int(role, 0, BOARD_SLOTS - 1, &number))
		return run_worker(s, c, (int)number, (int)fd, (pid_t)parent);
	unblock_signals();
	if (str_eqz(role, "ready"))
		return run_ready(s, c);
	return str_eqz(role, "check") ? 0 : 1;
}

static int
run(const struct service *s, int argc, char **argv, struct arena *a)
{
	struct options o = { .service = s,
			     .config_file = BILLFOLD_SYSCONFDIR "/billfold/billfold.conf" };
	struct argp argp = { .options = options, .parser = option, .doc = manual_help(s, a) };
	const char *role = getenv(ROLE_ENV);
	struct service_config *c;
	struct err err = { 0 };

	argv[0] = (char *)(uintptr_t)s->name;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_CONFIG;
	log_open(s->name, LOG_INFO);
	if (load_config(&o, a, &c) < 0)
		return EXIT_CONFIG;
	if (role)
		return run_role(s, c, role);
	if (s->prepare && s->prepare(c, &err) < 0) {
		log_event(LOG_ERROR, "cannot start", "error", err.detail, "cause",
			  err.cause[0] ? err.cause : NULL, NULL);
		return EXIT_CONFIG;
	}
	return supervisor_run(s, c, argv, a);
}

int
service_main(const struct service *s, int argc, char **argv)
{
	struct arena *a = arena_new(0);
	int status = run(s, argc, argv, a);

	arena_free(a);
	return status;
}

/* ---- descriptors that outlive exec ---- */

static void
fd_env(const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "BILLFOLD_FD_%s", name);
}

int
service_pass_fd(const char *name, int fd, struct err *err)
{
	char env[64], number[16];

	fd_env(name, env, sizeof(env));
	snprintf(number, sizeof(number), "%d", fd);
	if (fcntl(fd, F_SETFD, 0) < 0 || setenv(env, number, 1) < 0)
		return err_set(err, ERR_internal, "Descriptor \"%s\" cannot be handed on: %m",
			       name);
	return 0;
}

/* systemd's protocol: descriptors from 3 on, named in LISTEN_FDNAMES, for the process in
 * LISTEN_PID. */
static int
systemd_fd(const char *name)
{
	struct str rest = str_from(getenv("LISTEN_FDNAMES"));
	int64_t pid, n;

	if (!str_to_int(str_from(getenv("LISTEN_PID")), 1, INT_MAX, &pid) || pid != getpid() ||
	    !str_to_int(str_from(getenv("LISTEN_FDS")), 1, 64, &n))
		return -1;
	for (int i = 0; i < n; i++) {
		if (str_eqz(str_cut(rest, ':', &rest), name))
			return 3 + i;
	}
	return -1;
}

int
service_fd(const char *name)
{
	char env[64];
	int64_t fd;

	fd_env(name, env, sizeof(env));
	if (str_to_int(str_from(getenv(env)), 0, INT_MAX, &fd) && fcntl((int)fd, F_GETFD) >= 0)
		return (int)fd;
	return systemd_fd(name);
}
