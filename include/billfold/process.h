/*
 * process.h - one supervisor for every program.
 *
 * A program's main fills in a `struct service` and calls service_main(). The supervisor forks and
 * executes the same binary as children, watches them through a scoreboard in shared memory,
 * answers /live, /ready and /metrics, and passes on signals: SIGHUP changes children one by one,
 * SIGTERM drains. A child that dies before its first success is started again after 2 s, doubling to
 * 60 s; a later death at once; exit EX_CONFIG (78) never, loudly. A child past its time limit in one
 * unit of work gets TERM, then KILL.
 */
#ifndef BILLFOLD_PROCESS_H
#define BILLFOLD_PROCESS_H

#include <billfold/base/config.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

struct worker; /* a child's own view: its scoreboard slot and its signals */

struct service {
	const char *name;                 /* billfold-api */
	const char *doc;                  /* for --help */
	const struct config_key *config;  /* ended by NULL name; starts with SERVICE_CONFIG_KEYS */
	size_t config_size;
	const char *const *metric_names;  /* counters of this program, ended by NULL */
	/* In a child: open connections, loop until worker_stopping(), return the exit status. */
	int (*child)(struct worker *w, const void *config);
	/* In the supervisor, before the first fork; may be NULL. Opens sockets that children inherit. */
	int (*prepare)(void *config, struct err *err);
	/* For /ready, asked in the supervisor's helper process; NULL: ready once a child has succeeded. */
	int (*ready)(const void *config, struct err *err);
};

/* First member of every program's configuration struct. */
struct service_config {
	const char *log_level;
	const char *metrics_listen; /* host:port of /live, /ready, /metrics */
	long workers;
	long max_units;             /* a child is renewed after so many units of work */
	long unit_limit_s;          /* TERM after, KILL 10 s later */
	const char *pid_file;
};
extern const struct config_key service_config_keys[]; /* program-independent keys, ended by NULL name */

int service_main(const struct service *s, int argc, char **argv);

/* A child's side. */
bool worker_stopping(const struct worker *w);   /* drain: finish the unit, take no more */
int worker_signal_fd(const struct worker *w);   /* for poll(): readable when it should look again */
void worker_unit_begin(struct worker *w);       /* starts the unit's clock */
void worker_unit_end(struct worker *w, bool ok);
void worker_count(struct worker *w, int metric, int64_t n); /* index into metric_names */
int worker_number(const struct worker *w);
/* Histogram of unit durations is kept by worker_unit_end. */

enum { EXIT_CONFIG = 78 };

#endif
