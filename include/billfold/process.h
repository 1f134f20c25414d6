/*
 * process.h - one supervisor for every program.
 *
 * A program's main fills in a `struct service` and calls service_main(). The supervisor forks and
 * executes the same binary as children, watches them through a scoreboard in shared memory,
 * answers /live, /ready and /metrics, and passes on signals: SIGHUP changes children one by one,
 * SIGTERM drains. A child that dies before its first success is started again after 2 s, doubling
 * to 60 s; a later death at once; exit EXIT_CONFIG (78) never, loudly. A child past its time limit
 * in one unit of work gets TERM, then KILL.
 *
 * A child has succeeded when it ended a unit of work, or has been in its loop for 10 s. It is in
 * its loop from its first worker_stopping() on: connections are open by then.
 */
#ifndef BILLFOLD_PROCESS_H
#define BILLFOLD_PROCESS_H

#include <billfold/base/config.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <stdint.h>

struct worker; /* a child's own view: its scoreboard slot and its signals */

struct service {
	const char *name;                /* billfold-api */
	const char *doc;                 /* for --help */
	const struct config_key *config; /* ended by NULL name; starts with SERVICE_CONFIG_KEYS */
	size_t config_size;
	/*
	 * Counters of this program, ended by NULL, by the full name that /metrics shows, labels
	 * included: "billfold_jobs_dead_total", "billfold_responses_total{class=\"2xx\"}".
	 * Those of one name stand together. At most 64.
	 */
	const char *const *metric_names;
	/* In a child: open connections, loop until worker_stopping(), return the exit status. */
	int (*child)(struct worker *w, const void *config);
	/*
	 * In the supervisor, before the first fork, and again when it renews itself; may be NULL.
	 * Opens sockets that children inherit: ask service_fd() first, then open, then
	 * service_pass_fd().
	 */
	int (*prepare)(void *config, struct err *err);
	/* For /ready, asked in the supervisor's helper process; NULL: ready while a child is in its
	 * loop. */
	int (*ready)(const void *config, struct err *err);
};

/* First member of every program's configuration struct. */
struct service_config {
	const char *log_level;
	const char *metrics_listen; /* host:port of /live, /ready, /metrics; "": none */
	long workers;               /* 1..128 */
	long max_units;             /* a child is renewed after so many units of work; 0: never */
	long unit_limit_s;          /* TERM after, KILL 10 s later; 0: no limit */
	const char *pid_file;       /* "": none */
};

/*
 * The keys that every program has, first in its table: SERVICE_CONFIG_KEYS("api", "4", "100000",
 * "60") makes log_level and api_metrics, api_workers (default 4), api_max_units, api_unit_limit,
 * api_pid_file.
 */
#define SERVICE_CONFIG_KEYS(program, n_workers, n_units, limit_s)                                  \
	{ "log_level", CT_STR, "info", offsetof(struct service_config, log_level),                 \
	  "least level that is logged: debug, info, warn, error" },                                \
	    { program "_metrics", CT_STR, "", offsetof(struct service_config, metrics_listen),     \
	      "host:port where /live, /ready and /metrics are served; empty: nowhere" },           \
	    { program "_workers", CT_INT, n_workers, offsetof(struct service_config, workers),     \
	      "number of worker processes" },                                                      \
	    { program "_max_units", CT_INT, n_units, offsetof(struct service_config, max_units),   \
	      "units of work after which a worker is renewed; 0: never" },                         \
	    { program "_unit_limit", CT_INT, limit_s,                                              \
	      offsetof(struct service_config, unit_limit_s),                                       \
	      "seconds that one unit of work may take; 0: no limit" },                             \
	{                                                                                          \
		program "_pid_file", CT_STR, "", offsetof(struct service_config, pid_file),        \
		    "file that holds the supervisor's process id; empty: none"                     \
	}

int service_main(const struct service *s, int argc, char **argv);

/* Descriptors that outlive exec, by name: from prepare to the children, and from systemd
 * (FileDescriptorName=). */
int service_pass_fd(const char *name, int fd, struct err *err);
int service_fd(const char *name); /* -1: there is none */

/* A child's side. */
bool worker_stopping(const struct worker *w); /* drain: finish the unit, take no more */
int worker_signal_fd(const struct worker *w); /* for poll(): readable when it should look again */
void worker_unit_begin(struct worker *w);     /* starts the unit's clock */
void worker_unit_end(struct worker *w, bool ok);
void worker_count(struct worker *w, int metric, int64_t n); /* index into metric_names */
int worker_metric(const struct worker *w,
		  const char *name); /* its index; -1: this program has none of that name */
int worker_number(const struct worker *w);
/* The histogram of unit durations is kept by worker_unit_end. */

enum { EXIT_CONFIG = 78 };

#endif
