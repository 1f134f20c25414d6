/*
 * cli/doctor.h - what the checks of `billfold doctor` share.
 *
 * A check looks at one thing and says once how it is, by doctor_say(); what it finds row by row it
 * adds before, by doctor_find(). Checks run in the order of their table; one whose ground has been
 * found missing (no configuration, no database) is skipped.
 */
#ifndef BILLFOLD_BIN_CLI_DOCTOR_H
#define BILLFOLD_BIN_CLI_DOCTOR_H

#include "cli.h"

#include <billfold/connect.h>

struct doctor_config {
	const char *database, *redis, *run_dir, *keys_dir, *secret_file, *public_url, *issuer,
	    *sql_dir, *smtp_url, *mail_from;
	struct store_settings store;
	struct mailbox_settings mailbox;
	const char *metrics[8]; /* where each of doctor_programs answers */
};

/* Ended by NULL; the order of doctor_config.metrics. */
extern const char *const doctor_programs[];

enum doctor_state { DOCTOR_OK, DOCTOR_SKIPPED, DOCTOR_WARNING, DOCTOR_FAILED };

struct doctor_finding {
	const char *tenant, *tenant_id, *table, *id, *text;
};

struct doctor {
	struct cli *c;
	struct doctor_config config;
	bool configured;     /* the configuration could be read */
	bool reachable;      /* the database answers, and its schema has the checks */
	bool deep;           /* --invariants */
	bool settled;        /* what was just started has had its moment */
	int limit;           /* findings of a check that are told */
	struct db *db;       /* billfold_migrate's: sees every tenant */
	struct arena *arena; /* of the check that runs */
	int failed, warnings;
	int found;          /* of the check that runs; may be more than are told */
	struct jw findings; /* of the check that runs */
	struct sb lines;    /* the same for people */
};

struct doctor_check {
	const char *name;
	void (*run)(struct doctor *d, const char *name);
	bool needs_config, needs_database;
};

void doctor_find(struct doctor *d, const struct doctor_finding *f);
/* How it is, in words; hint: what to do, or NULL. */
void doctor_say(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same for an error. */
void doctor_say_error(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
		      const struct err *err);

/* Can the store of documents be written and read (doctor_files.c)? */
void doctor_check_store(struct doctor *d, const char *name);

/* Ended by a NULL name. */
extern const struct doctor_check doctor_host_checks[], doctor_file_checks[];

#endif
